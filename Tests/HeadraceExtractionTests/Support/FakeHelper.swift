import Glibc

/// A helper that does what a document tells it, to see what the extractor makes of it.
final class FakeHelper: Sendable {
  /// The folder of the script; everybody may write in it.
  let folder: String
  /// How long its sleeps take: a number that no other process of the machine has.
  let seconds: String
  /// The script.
  var path: String { folder + "/headrace-extract-fake" }

  init() throws {
    var template = Array("/tmp/headrace-fake-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure.noFolder }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    seconds = "97.\(getpid())\(UInt32.random(in: 100_000...999_999))"
    chmod(folder, 0o777)
    let script = """
      #!/bin/sh
      if [ "$1" = --probe ]; then echo headrace-extract; exit 0; fi
      IFS= read -r word
      printf '%s\\n' "$word" >> '\(folder)/attempts' 2>/dev/null
      case $word in
      *sleep*) sleep \(seconds) ;;
      *spin*) while :; do :; done ;;
      *crash*) kill -SEGV $$ ;;
      *memory*) echo "terminate called: std::bad_alloc" >&2; kill -ABRT $$ ;;
      *nonsense*) yes nonsense ;;
      *silent*) exit 0 ;;
      *orphan*) sleep \(seconds) & printf 't\\003\\000\\000\\000abce\\000\\000\\000\\000'; exit 0 ;;
      *flood*) while :; do printf 't\\012\\000\\000\\0000123456789'; done ;;
      *environment*) text=$(env | grep -v -e ^PWD -e ^_= -e ^OLDPWD -e ^SHLVL | tr '\\n' ' ')
        printf "t\\\\$(printf %03o ${#text})\\\\000\\\\000\\\\000"; printf %s "$text"; printf 'e\\000\\000\\000\\000' ;;
      *) printf 't\\003\\000\\000\\000abce\\000\\000\\000\\000' ;;
      esac
      """
    guard let file = fopen(path, "w") else { throw Failure.noFolder }
    fputs(script, file)
    fclose(file)
    chmod(path, 0o755)
  }

  deinit {
    unlink(path)
    unlink(folder + "/attempts")
    rmdir(folder)
  }

  enum Failure: Error { case noFolder }

  /// The documents tried so far.
  var attempts: [String] {
    guard let file = fopen(folder + "/attempts", "r") else { return [] }
    defer { fclose(file) }
    var lines: [String] = []
    var line = [CChar](repeating: 0, count: 4096)
    while fgets(&line, 4096, file) != nil {
      lines.append(String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return lines
  }

  /// A document that tells what to do: RTF, so that the helper is asked.
  static func document(_ word: String) -> [UInt8] { Array("{\\rtf1 \(word)\n}".utf8) }
}

/// Processes of this machine, by their command lines.
enum Processes {
  static func running(_ words: String) -> [Int] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [Int] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let process = Int(name), let file = fopen("/proc/\(process)/cmdline", "r") else { continue }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = fread(&bytes, 1, bytes.count, file)
      let line = String(decoding: bytes[..<count].map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
      if line.contains(words) { found.append(process) }
    }
    return found
  }
}
