import Foundation
import Synchronization

/// A worker in a process of its own, to be killed, stopped and asked to end.
///
/// Spawned by hand: Foundation's `Process` has been seen to crash where several are started at a time.
final class WorkerProcess: Sendable {
  struct SpawnFailed: Error { var code: Int32 }

  private let identifier: pid_t
  /// What `waitpid` said; nil while it runs.
  private let status = Mutex<Int32?>(nil)

  /// - Parameter log: Where its output goes; nowhere by default.
  init(_ options: WorkerOptions, log: String? = nil) throws {
    let arguments = [
      CommandLine.arguments[0], "--testing-library", "swift-testing", "--filter", "streamsWorkerProcess",
    ]
    var variables = ProcessInfo.processInfo.environment
    variables[WorkerOptions.variable] = String(decoding: try JSONEncoder().encode(options), as: UTF8.self)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 1, log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&files, 1, 2)
    var argumentPointers = arguments.map { strdup($0) } + [nil]
    var variablePointers = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
    var identifier = pid_t()
    let code = posix_spawn(
      &identifier, arguments[0], &files, nil, &argumentPointers, &variablePointers)
    guard code == 0 else { throw SpawnFailed(code: code) }
    self.identifier = identifier
  }

  var isRunning: Bool {
    status.withLock { status in
      if status == nil {
        var code: Int32 = 0
        if waitpid(identifier, &code, WNOHANG) == identifier { status = code }
      }
      return status == nil
    }
  }

  func signal(_ number: Int32) { if isRunning { kill(identifier, number) } }

  /// Waits for the end; kills it when it takes too long. Returns whether it ended by itself, with success.
  func end(within limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while isRunning {
      if ContinuousClock.now > deadline {
        signal(SIGCONT)
        signal(SIGKILL)
        while isRunning { try? await Task.sleep(for: .milliseconds(10)) }
        return false
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
    // Exit code 0, and no signal.
    return status.withLock { $0 } == 0
  }
}
