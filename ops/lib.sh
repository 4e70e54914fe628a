# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.
# shellcheck disable=SC2034 # the names set here are used by the scripts that source it

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
swift_needed="6.2"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
note() { printf '  %s\n' "$*" >&2; }
fail() {
  printf 'failed: %s\n' "$*" >&2
  exit 1
}

# Debian packages: what the build links, what runs beside it.
build_packages=(
  pkg-config librdkafka-dev libcurl4-openssl-dev libuv1-dev libsqlite3-dev libssl-dev libyaml-dev libmagic-dev
  libuchardet-dev libcld2-dev libxml2-dev libgmime-3.0-dev zlib1g-dev libzstd-dev liblz4-dev
  libsnappy-dev
)
run_packages=(poppler-utils poppler-data bubblewrap curl jq python3 python3-venv ca-certificates)

# Prints those of the named packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || echo "$package"
  done
}

# Installs what is missing of the named packages, or says what to type.
need_packages() {
  command -v dpkg-query >/dev/null || fail "this needs Debian 12 or a system like it (no dpkg here)"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      fail "these packages are missing and this user may not install them; as root, type:
    apt-get update && apt-get install -y ${missing[*]}"
    fi
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null 2>&1 \
    || note "apt-get update did not succeed (no network?); trying with the lists that are there"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "these packages could not be installed (no network?): ${missing[*]}"
}

# Finds a Swift toolchain that is new enough, or says which one and how to get it.
need_swift() {
  command -v swift >/dev/null || fail "there is no Swift toolchain. Needed: Swift $swift_needed or newer for Linux.
    Get it from https://www.swift.org/install/linux (swiftly installs and updates it), then run this again."
  local have
  have="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)"
  [[ "$(printf '%s\n%s\n' "$swift_needed" "$have" | sort -V | head -n 1)" == "$swift_needed" ]] \
    || fail "Swift $have is too old. Needed: Swift $swift_needed or newer, from https://www.swift.org/install/linux"
}

# Makes the Python environment of the tests (.venv), with the packages of ops/requirements-test.txt.
need_test_python() {
  local wanted="$root/ops/requirements-test.txt" mark="$root/.venv/.requirements"
  if [[ -x "$root/.venv/bin/python" ]] && cmp -s "$wanted" "$mark"; then return 0; fi
  say "Making the Python environment of the tests (.venv)"
  python3 -m venv "$root/.venv" || fail "python3 can't make a virtual environment; Debian's package is python3-venv"
  "$root/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted" \
    || fail "the Python packages of ops/requirements-test.txt could not be installed (no network?)"
  cp "$wanted" "$mark"
}

jobs() { nproc 2>/dev/null || echo 2; }
