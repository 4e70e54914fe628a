import Foundation
import HeadraceCore
import HeadraceTesting

/// A `headrace` process, over the wire: what a user runs.
final class HeadraceProcess: Sendable {
  /// It ended before it was ready.
  struct Ended: Error, CustomStringConvertible {
    var description: String
  }

  private let process: TestProgram
  let folder: String
  private let errors: String

  /// The folder of the binaries that this build made.
  static let binaries = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// The path of one of them.
  static func binary(_ name: String) -> String { binaries.appending(path: name).path }

  /// Starts the binary; `folder` gets its standard error.
  init(_ arguments: [String], environment: [String: String] = [:], folder: String) throws {
    errors = "\(folder)/stderr-\(UUID().uuidString.prefix(8)).log"
    process = try TestProgram(
      Self.binary("headrace"), arguments, environment: Self.variables(environment), input: "/dev/null",
      output: "\(folder)/stdout-\(UUID().uuidString.prefix(8)).log", errors: errors)
    self.folder = folder
  }

  /// This process's variables without those that the binary reads, and these.
  private static func variables(_ own: [String: String]) -> [String: String] {
    ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HEADRACE_") && !$0.key.hasSuffix("_API_KEY") }
      .merging(own) { $1 }
  }

  /// Waits for the line of `-o json` that says that it is ready.
  func ready(within limit: Duration = .seconds(60)) async throws -> JSONValue {
    let line = try await process.firstLine(within: limit)
    if let value = try? JSONValue(parsing: line) { return value }
    throw Ended(description: "headrace did not become ready: \(standardError.suffix(4000))")
  }

  var processID: pid_t { process.processID }

  var isRunning: Bool { process.isRunning }

  var standardError: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

  /// Sends a signal.
  func signal(_ number: Int32) { process.signal(number) }

  /// Waits for its end and gives its exit code (128 + signal when it was killed).
  func exitCode() async -> Int32 {
    switch await process.waitForEnd() {
    case .exit(let code): code
    case .signal(let number): 128 + number
    }
  }

  /// Ends it at once.
  func killNow() async { process.stop() }

  /// Runs the binary to its end.
  static func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) async throws -> (code: Int32, output: String, error: String) {
    try await TestProgram.run(
      binary("headrace"), arguments, environment: variables(environment), input: input ?? "", within: .seconds(240))
  }
}
