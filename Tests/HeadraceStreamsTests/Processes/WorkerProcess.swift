import Foundation
import HeadraceTesting

/// A worker in a process of its own, to be killed, stopped and asked to end.
final class WorkerProcess: Sendable {
  private let program: TestProgram

  /// - Parameter log: Where its output goes; nowhere by default.
  init(_ options: WorkerOptions, log: String? = nil) throws {
    var variables = ProcessInfo.processInfo.environment
    variables[WorkerOptions.variable] = String(decoding: try JSONEncoder().encode(options), as: UTF8.self)
    let log = log ?? "/dev/null"
    program = try TestProgram(
      CommandLine.arguments[0], ["--testing-library", "swift-testing", "--filter", "streamsWorkerProcess"],
      environment: variables, output: log, errors: log)
  }

  var isRunning: Bool { program.isRunning }

  func signal(_ number: Int32) { program.signal(number) }

  /// Waits for the end; kills it when it takes too long. Returns whether it ended by itself, with success.
  func end(within limit: Duration) async -> Bool { await program.waitForEnd(within: limit) == .exit(0) }
}
