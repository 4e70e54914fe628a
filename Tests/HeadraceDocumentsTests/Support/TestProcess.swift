import Glibc
import HeadraceCore

/// A child process for tests, without Foundation's `Process`: its waiting has been seen to spin for ever on Linux.
final class TestProcess: Sendable {
  let pid: pid_t
  private let output: Int32
  private let errors: Int32

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// Starts a program with these bytes on its standard input.
  init(_ path: String, _ arguments: [String], input: [UInt8] = []) throws {
    var (into, out, complaints): ([Int32], [Int32], [Int32]) = ([0, 0], [0, 0], [0, 0])
    guard pipe(&into) == 0, pipe(&out) == 0, pipe(&complaints) == 0 else { throw Failed(description: "no pipes") }
    for end in into + out + complaints { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, into[0], 0)
    posix_spawn_file_actions_adddup2(&actions, out[1], 1)
    posix_spawn_file_actions_adddup2(&actions, complaints[1], 2)
    var strings = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for string in strings { free(string) } }
    var child: pid_t = 0
    let result = posix_spawn(&child, path, &actions, nil, &strings, environ)
    for end in [into[0], out[1], complaints[1]] { close(end) }
    guard result == 0 else {
      for end in [into[1], out[0], complaints[0]] { close(end) }
      throw Failed(description: "can't start \(path): \(String(cString: strerror(result)))")
    }
    pid = child
    output = out[0]
    errors = complaints[0]
    let feed = into[1]
    OSThread.detached(name: "test-feed") {
      signal(SIGPIPE, SIG_IGN)
      var rest = input[...]
      while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(feed, $0.baseAddress, $0.count) }
        if written <= 0 { break }
        rest = rest.dropFirst(written)
      }
      close(feed)
    }
  }

  /// One line of its output.
  func line() async -> String {
    await blocking { [output] in
      var line: [UInt8] = []
      var byte: UInt8 = 0
      while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
      return String(decoding: line, as: UTF8.self)
    }
  }

  /// All of its output, when it has ended well.
  func finish() async throws -> String {
    async let complaint = blocking { [errors] in TestProcess.all(errors) }
    let text = await blocking { [output] in TestProcess.all(output) }
    let status = await reap()
    guard status == 0 else { throw Failed(description: "ended with \(status): \(await complaint)") }
    _ = await complaint
    return text
  }

  /// Ends it at once.
  func kill() async {
    Glibc.kill(pid, SIGKILL)
    _ = await reap()
    close(output)
    close(errors)
  }

  private func reap() async -> Int32 {
    await blocking { [pid] in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      return status
    }
  }

  private static func all(_ file: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    close(file)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Runs what blocks on a thread of its own.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
  await withCheckedContinuation { continuation in
    OSThread.detached(name: "test-blocking") { continuation.resume(returning: body()) }
  }
}
