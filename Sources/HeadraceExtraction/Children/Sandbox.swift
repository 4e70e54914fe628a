internal import Glibc

/// How children are shut in.
package struct Sandbox: Sendable, Hashable {
  /// The path of `bwrap`; nil: resource limits alone.
  package var bubblewrap: String?
  /// The user to become first; nil: as who we are.
  package var user: UInt32?
  /// Whether the sandbox shows its program an unprivileged user in place of root.
  package var masksUser = false
  /// What is shown to the child besides `/usr`, read-only: the helper, the Swift runtime.
  package var shown: [String] = []

  /// The word for it in health and events.
  package var name: String { bubblewrap == nil ? "limits" : "bubblewrap" }

  /// The user and group that everything is owned by nobody of.
  package static let nobody: UInt32 = 65_534

  /// What to execute for `command`.
  package func commandLine(for command: ChildProcess.Command) -> [String] {
    let inner = [command.program] + command.arguments
    guard let bubblewrap else { return inner }
    var line = [bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/usr", "/usr"]
    for (link, target) in [("/lib", "usr/lib"), ("/lib64", "usr/lib64"), ("/bin", "usr/bin")] {
      line += ["--symlink", target, link]
    }
    // First, so that what is shown may lie in it.
    line += ["--dev", "/dev", "--size", "\(64 << 20)", "--tmpfs", "/tmp", "--chdir", "/tmp"]
    for path in shown { line += ["--ro-bind-try", path, path] }
    for path in ["/etc/fonts", "/etc/ld.so.cache"] { line += ["--ro-bind-try", path, path] }
    if masksUser { line += ["--unshare-user", "--uid", "\(Self.nobody)", "--gid", "\(Self.nobody)"] }
    return line + ["--"] + inner
  }

  /// An empty folder to work in, gone afterwards. A sandbox brings its own; nil where none could be made.
  func makeWorkFolder() -> WorkFolder? {
    guard bubblewrap == nil else { return WorkFolder(path: nil) }
    var template = Array("/tmp/headrace-extract-XXXXXX".utf8CString)
    guard unsafe template.withUnsafeMutableBufferPointer({ unsafe mkdtemp($0.baseAddress!) }) != nil else { return nil }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if let user { _ = unsafe chown(path, user, user) }
    return WorkFolder(path: path)
  }
}

/// A child's folder; its removal takes whatever is in it.
struct WorkFolder {
  let path: String?

  func remove() {
    guard let path else { return }
    Self.remove(path, depth: 8)
  }

  /// Almost always empty: one call. Else what the child left, links not followed.
  private static func remove(_ path: String, depth: Int) {
    guard unsafe rmdir(path) != 0, depth > 0, let folder = unsafe opendir(path) else { return }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      let inner = "\(path)/\(name)"
      if unsafe unlink(inner) != 0 { remove(inner, depth: depth - 1) }
    }
    unsafe closedir(folder)
    unsafe rmdir(path)
  }
}
