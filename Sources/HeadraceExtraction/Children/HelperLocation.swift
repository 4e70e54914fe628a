internal import Glibc

/// Where programs are.
enum HelperLocation {
  private static let name = "headrace-extract"

  /// The helper: where it is configured, else by the environment, else beside this program, else in `PATH`.
  static func find(_ configured: String?) -> String? {
    if let configured { return executable(configured) }
    if let path = variable("HEADRACE_EXTRACT") { return executable(path) }
    let beside = real("/proc/self/exe").flatMap(folder)
    return beside.flatMap { executable("\($0)/\(name)") } ?? program(name)
  }

  /// A program of the system.
  static func program(_ name: String) -> String? {
    // The system's own first: a sandbox shows nothing else.
    let path = "/usr/bin:/usr/local/bin:" + (variable("PATH") ?? "/bin")
    return path.split(separator: ":").lazy.filter { $0.hasPrefix("/") }.compactMap { executable("\($0)/\(name)") }.first
  }

  /// Folders of the libraries that this process runs on and that lie outside of `/usr`: Swift's runtime, mostly.
  static func runtimeFolders() -> [String] {
    guard let maps = unsafe fopen("/proc/self/maps", "re") else { return [] }
    defer { unsafe fclose(maps) }
    var folders: [String] = []
    var line = [CChar](repeating: 0, count: 8192)
    while unsafe fgets(&line, Int32(line.count), maps) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard let slash = text.firstIndex(of: "/") else { continue }
      let path = text[slash...].trimmed(of: " \n")
      guard path.contains("/libswift"), !path.hasPrefix("/usr/"), let folder = folder(path) else { continue }
      if !folders.contains(folder) { folders.append(folder) }
    }
    return folders
  }

  private static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The path without links, if it can be executed.
  private static func executable(_ path: String) -> String? {
    guard let path = real(path), unsafe access(path, X_OK) == 0 else { return nil }
    var facts = stat()
    guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return path
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  private static func folder(_ path: String) -> String? {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
    return String(path[..<slash])
  }
}
