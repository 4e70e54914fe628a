import Glibc
import HeadraceCore

/// A child of ours in a process group of its own, so that all of it can be ended.
struct ChildProcess: Sendable {
  /// Its process id, which is its group's too.
  let processID: pid_t

  /// Starts `command` by the shell; its output goes to our standard error.
  ///
  /// - Throws: ``ConfigurationError`` when no process can be made.
  init(shell command: String) throws {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    // Signals that this process ignores or handles elsewhere have their default meaning in the child.
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { unsafe sigaddset(&defaults, number) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    let said: [String] = ["/bin/sh", "-c", "exec \(command)"]
    var words: [UnsafeMutablePointer<CChar>?] = unsafe said.map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    var child = pid_t()
    let status = unsafe posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, environ)
    guard status == 0 else {
      throw ConfigurationError("\"\(command)\" can't be started: \(unsafe String(cString: strerror(status)))")
    }
    processID = child
  }

  /// Waits for its end and gives its exit status.
  func wait() async throws -> Int32 {
    while true {
      if let status = reap() { return status }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Asks the group to end; what is left after `budget` is killed.
  func end(within budget: Duration) async {
    kill(-processID, SIGTERM)
    let deadline = ContinuousClock.now + budget
    while ContinuousClock.now < deadline {
      if reap() != nil { break }
      // The task may be cancelled already: a sleep that throws at once would spin.
      await Task.detached { try? await Task.sleep(for: .milliseconds(50)) }.value
    }
    kill(-processID, SIGKILL)
    _ = reap()
  }

  private func reap() -> Int32? {
    var status: Int32 = 0
    let result = unsafe waitpid(processID, &status, WNOHANG)
    if result == processID { return status }
    return result < 0 && errno == ECHILD ? 0 : nil
  }
}
