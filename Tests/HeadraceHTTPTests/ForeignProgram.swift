import Foundation
import Synchronization
import Testing

/// A Python program of others that judges us, run for one test, by posix_spawn. Foundation's `Process` lists the open files of this process before it
/// starts one, and reads beyond the list when there are more than a thousand: now and then that ends the test process.
final class ForeignProgram: Sendable {
  /// `HEADRACE_TEST_PYTHON`, or the virtual environment at the root of the project; `nil` when there is none, or it lacks
  /// the modules.
  static func python(with modules: String) -> String? {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let python = ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] ?? root + "/.venv/bin/python"
    guard FileManager.default.isExecutableFile(atPath: python),
      let program = try? ForeignProgram(python, "import \(modules)")
    else { return nil }
    return program.waitForEnd() == 0 ? python : nil
  }

  static let absence: Comment = "the Python packages of ops/requirements-test.txt are not installed: ops/setup --tests"

  private struct State {
    var hasEnded = false
    var status: CInt = 0
  }

  private let process: pid_t
  private let input: FileHandle
  private let state = Mutex(State())
  /// The file that takes what it prints.
  let output: String

  init(_ python: String, _ script: String, arguments: [String] = []) throws {
    output = FileManager.default.temporaryDirectory.appending(path: "headrace-child-\(UUID().uuidString)").path
    let pipe = Pipe()
    input = pipe.fileHandleForWriting
    // Nobody else's child may hold the end that says that we live.
    _ = fcntl(input.fileDescriptor, F_SETFD, FD_CLOEXEC)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForReading.fileDescriptor, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var words: [UnsafeMutablePointer<CChar>?] = ([python, "-u", "-c", script] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var started: pid_t = 0
    let error = posix_spawn(&started, python, &actions, nil, &words, environ)
    guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .EIO) }
    process = started
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: output)
  }

  /// Gives it text and the end of its input.
  func send(_ text: String) throws {
    try input.write(contentsOf: Data(text.utf8))
    try input.close()
  }

  var isRunning: Bool {
    state.withLock { state in
      if !state.hasEnded { state.hasEnded = waitpid(process, &state.status, WNOHANG) != 0 }
      return !state.hasEnded
    }
  }

  /// Waits until it ends by itself; its status.
  private func waitForEnd() -> CInt {
    state.withLock { state in
      if !state.hasEnded { waitpid(process, &state.status, 0) }
      state.hasEnded = true
      return state.status
    }
  }

  /// Ends it.
  func stop() {
    try? input.close()
    state.withLock { state in
      guard !state.hasEnded else { return }
      kill(process, SIGKILL)
      waitpid(process, &state.status, 0)
      state.hasEnded = true
    }
  }

  /// The first line that it prints; what there is when it ends without one, or takes longer than a minute.
  func firstLine() async throws -> String {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let isOver = !isRunning || ContinuousClock.now > deadline
      let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
      if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
      if isOver { return text }
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
