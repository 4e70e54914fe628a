internal import Glibc

/// A process with all that descends from it.
enum ProcessTree {
  private static let maximum = 10_000

  /// Kills `root`, what it started, and what that started.
  ///
  /// bubblewrap asks the kernel to end the sandbox with its monitor, but a monitor that is killed at the wrong moment of
  /// its start leaves the sandbox running. So nobody is killed before all are known: each process is stopped, which keeps
  /// it from starting more, and then asked for its children; a parent that is stopped reaps nobody, so that no number can
  /// mean another process meanwhile.
  static func kill(_ root: pid_t) {
    var found = [root]
    var index = 0
    while index < found.count, found.count < maximum {
      let process = found[index]
      index += 1
      guard Glibc.kill(process, SIGSTOP) == 0 else { continue }
      waitUntilStopped(process)
      found += children(of: process)
    }
    for process in found.reversed() { Glibc.kill(process, SIGKILL) }
    // Its own group too: those whose parent had already ended.
    Glibc.kill(-root, SIGKILL)
  }

  /// The signal is taken at the next return from the kernel, which may be that of a clone(2).
  private static func waitUntilStopped(_ process: pid_t) {
    for _ in 0..<200 {
      guard let state = state(of: process), state != "T", state != "t", state != "Z", state != "X" else { return }
      usleep(500)
    }
  }

  /// The letter of a process's state, behind its name in brackets.
  private static func state(of process: pid_t) -> Character? {
    guard let file = unsafe fopen("/proc/\(process)/stat", "re") else { return nil }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    let line = String(decoding: bytes[..<count], as: UTF8.self)
    guard let bracket = line.lastIndex(of: ")") else { return nil }
    return line[line.index(after: bracket)...].first { $0 != " " }
  }

  /// The children of a process, by the kernel's list.
  private static func children(of process: pid_t) -> [pid_t] {
    guard let file = unsafe fopen("/proc/\(process)/task/\(process)/children", "re") else { return [] }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var window = [UInt8](repeating: 0, count: 4096)
    while bytes.count < 1 << 20 {
      let count = unsafe fread(&window, 1, window.count, file)
      guard count > 0 else { break }
      bytes += window[..<count]
    }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
  }
}
