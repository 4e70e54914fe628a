import Foundation

/// A worker in a process of its own, to be killed, stopped and asked to end.
final class WorkerProcess: @unchecked Sendable {
  // Set once before it is shared; Foundation guards the rest.
  private let process = Process()
  /// What it prints, where that is kept.
  let log: String?

  init(_ options: WorkerOptions, log: String? = nil) throws {
    self.log = log
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["--testing-library", "swift-testing", "--filter", "streamsWorkerProcess"]
    var environment = ProcessInfo.processInfo.environment
    environment[WorkerOptions.variable] = String(decoding: try JSONEncoder().encode(options), as: UTF8.self)
    process.environment = environment
    if let log, FileManager.default.createFile(atPath: log, contents: nil) {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
      process.standardOutput = file
      process.standardError = file
    } else if environment["HEADRACE_TEST_VERBOSE"] == nil {
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
    }
    try process.run()
  }

  var isRunning: Bool { process.isRunning }
  func signal(_ number: Int32) { if process.isRunning { kill(process.processIdentifier, number) } }

  /// Waits for the end; kills it when it takes too long. Returns whether it ended by itself, with success.
  func end(within limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while process.isRunning {
      if ContinuousClock.now > deadline {
        signal(SIGCONT)
        signal(SIGKILL)
        while process.isRunning { try? await Task.sleep(for: .milliseconds(10)) }
        return false
      }
      try? await Task.sleep(for: .milliseconds(20))
    }
    return process.terminationReason == .exit && process.terminationStatus == 0
  }
}
