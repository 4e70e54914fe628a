import FoundationEssentials
package import Glibc
import Synchronization

/// A program started for a test, by posix_spawn. Foundation's `Process` lists the open files of this process before it
/// starts one, and reads beyond the list when there are more than a thousand: now and then that ends the test process.
///
/// What it prints goes into a file, so that it never waits for a reader. Its input is open as long as this object lives
/// and has not been sent anything: a program that reads it to its end ends with its test.
package final class TestProgram: Sendable {
  /// It could not be started, or did not end in time.
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// How it ended.
  package enum End: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)
  }

  package let processID: pid_t
  /// The file that takes what it prints.
  package let output: String

  private let ownsOutput: Bool
  private let input: Mutex<Int32?>
  private let ended = Mutex<End?>(nil)

  /// Starts it.
  ///
  /// - Parameters:
  ///   - program: A path, or a name to look for.
  ///   - arguments: Without the program's own name.
  ///   - environment: All of its variables; nil for those of this process.
  ///   - input: The file that it reads; nil for what is sent to it.
  ///   - output: The file that its standard output is added to; nil makes one that goes with this object.
  ///   - errors: The same for its standard error; nil leaves it this process's.
  package init(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil, input: String? = nil,
    output: String? = nil, errors: String? = nil
  ) throws {
    ownsOutput = output == nil
    self.output =
      output ?? FileManager.default.temporaryDirectory.appending(path: "headrace-program-\(UUID().uuidString)").path
    // A socket, since what is sent into one whose reader has gone raises no signal. Nobody else's child may hold the end
    // that says that we live.
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends) == 0 else {
      throw Failure(description: "no input for \(program)")
    }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    } else {
      posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, self.output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if errors == self.output {
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    } else if let errors {
      posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }
    // This process may ignore or block signals: who is started begins like a program of a shell.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    let variables = environment ?? ProcessInfo.processInfo.environment
    var lines = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + lines { free(word) } }
    var started: pid_t = 0
    let error = posix_spawnp(&started, program, &actions, &attributes, &words, &lines)
    guard error == 0 else {
      close(ends[1])
      throw Failure(description: "\(program) can't be started: \(String(cString: strerror(error)))")
    }
    processID = started
    self.input = Mutex(ends[1])
  }

  deinit {
    stop()
    if ownsOutput { unlink(output) }
  }

  /// Gives it text and the end of its input. Waits while the program does not read what the socket can't hold.
  package func send(_ text: String) {
    guard let socket = input.withLock({ $0.take() }) else { return }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent <= 0 { break }
      rest = rest.dropFirst(sent)
    }
    close(socket)
  }

  package var isRunning: Bool { end == nil }

  /// How it ended; nil while it runs.
  package var end: End? { reap(WNOHANG) }

  /// Sends a signal, if it runs.
  package func signal(_ number: Int32) {
    ended.withLock { if $0 == nil { _ = kill(processID, number) } }
  }

  /// Waits for its end, and kills it when it takes longer than the limit; then the end is that signal's.
  @discardableResult
  package func waitForEnd(within limit: Duration = .seconds(3_600)) async -> End {
    let deadline = ContinuousClock.now + limit
    while true {
      if let end { return end }
      if ContinuousClock.now > deadline { return stop() }
      try? await Task.sleep(for: .milliseconds(5))
      // A cancelled test waits no longer.
      if Task.isCancelled { return stop() }
    }
  }

  /// As `waitForEnd`, on this thread and for as long as it takes.
  package func waitBlockingForEnd() -> End { reap(0) ?? .signal(SIGKILL) }

  /// Ends it at once.
  @discardableResult
  package func stop() -> End {
    if let socket = input.withLock({ $0.take() }) { close(socket) }
    signal(SIGKILL)
    return reap(0) ?? .signal(SIGKILL)
  }

  /// The first line that it prints; what there is when it ends without one, or takes longer.
  package func firstLine(within limit: Duration = .seconds(60)) async throws -> String {
    let deadline = ContinuousClock.now + limit
    while true {
      // Looked at first: what was printed before the end is there.
      let isOver = !isRunning || ContinuousClock.now > deadline
      let text = printed
      if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
      if isOver { return text }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// What it has printed so far.
  package var printed: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

  private func reap(_ options: Int32) -> End? {
    ended.withLock { ended in
      if ended != nil { return ended }
      var status: Int32 = 0
      var reaped: pid_t
      repeat { reaped = waitpid(processID, &status, options) } while reaped < 0 && errno == EINTR
      if reaped != 0 { ended = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F) }
      return ended
    }
  }

  /// Runs a program to its end.
  ///
  /// - Throws: ``Failure`` when it does not end within the limit.
  package static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String]? = nil, input: String = "",
    within limit: Duration = .seconds(100)
  ) async throws -> (code: Int32, output: String, error: String) {
    let base = FileManager.default.temporaryDirectory.appending(path: "headrace-run-\(UUID().uuidString)").path
    let (given, errors) = ("\(base).in", "\(base).err")
    try Data(input.utf8).write(to: URL(filePath: given))
    defer { for file in [given, errors] { unlink(file) } }
    let process = try TestProgram(program, arguments, environment: environment, input: given, errors: errors)
    let started = ContinuousClock.now
    let end = await process.waitForEnd(within: limit)
    let complaints = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
    switch end {
    case .exit(let code): return (code, process.printed, complaints)
    case .signal(SIGKILL) where ContinuousClock.now - started >= limit:
      throw Failure(description: "\(program) \(arguments) did not end in \(limit):\n\(process.printed)\n\(complaints)")
    case .signal(let number): return (128 + number, process.printed, complaints)
    }
  }
}
