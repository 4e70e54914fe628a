import Foundation
import HeadraceCore
import Synchronization

/// A `headrace` process, over the wire: what a user runs.
final class HeadraceProcess: Sendable {
  /// It ended before it was ready.
  struct Ended: Error, CustomStringConvertible {
    var description: String
  }

  private let process: Mutex<Process>
  let processID: pid_t
  let folder: String
  private let output: String
  private let errors: String

  /// The folder of the binaries that this build made.
  static let binaries = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  /// The path of one of them.
  static func binary(_ name: String) -> String { binaries.appending(path: name).path }

  /// Starts the binary; `folder` gets its standard error.
  init(_ arguments: [String], environment: [String: String] = [:], folder: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: Self.binary("headrace"))
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("HEADRACE_") && !$0.key.hasSuffix("_API_KEY")
    }
    variables.merge(environment) { $1 }
    process.environment = variables
    output = "\(folder)/stdout-\(UUID().uuidString.prefix(8)).log"
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardInput = FileHandle.nullDevice
    errors = "\(folder)/stderr-\(UUID().uuidString.prefix(8)).log"
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    try process.run()
    processID = process.processIdentifier
    self.process = Mutex(process)
    self.folder = folder
  }

  /// Waits for the line of `-o json` that says that it is ready.
  func ready(within limit: Duration = .seconds(60)) async throws -> JSONValue {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      let isOver = !isRunning
      let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
      if let end = text.firstIndex(of: "\n"), let value = try? JSONValue(parsing: String(text[..<end])) { return value }
      if isOver { break }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Ended(description: "headrace did not become ready: \(standardError.suffix(4000))")
  }

  var isRunning: Bool { process.withLock { $0.isRunning } }

  var standardError: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

  /// Sends a signal.
  func signal(_ number: Int32) { kill(processID, number) }

  /// Waits for its end and gives its exit code (128 + signal when it was killed).
  func exitCode() async -> Int32 {
    while isRunning { try? await Task.sleep(for: .milliseconds(10)) }
    return process.withLock { $0.terminationReason == .exit ? $0.terminationStatus : 128 + $0.terminationStatus }
  }

  /// Ends it at once.
  func killNow() async {
    signal(SIGKILL)
    _ = await exitCode()
  }

  /// Runs the binary to its end.
  static func run(
    _ arguments: [String], input: String? = nil, environment: [String: String] = [:]
  ) async throws -> (code: Int32, output: String, error: String) {
    let process = Process()
    process.executableURL = URL(filePath: binary("headrace"))
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HEADRACE_") }
    variables.merge(environment) { $1 }
    process.environment = variables
    return try await run(process, input: input)
  }

  /// Runs any program to its end.
  static func run(_ process: Process, input: String? = nil) async throws -> (code: Int32, output: String, error: String)
  {
    let base = FileManager.default.temporaryDirectory.appending(path: "headrace-run-\(UUID().uuidString)").path
    defer { for name in ["in", "out", "err"] { try? FileManager.default.removeItem(atPath: "\(base).\(name)") } }
    for name in ["in", "out", "err"] { _ = FileManager.default.createFile(atPath: "\(base).\(name)", contents: nil) }
    try Data((input ?? "").utf8).write(to: URL(filePath: "\(base).in"))
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: "\(base).in"))
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: "\(base).out"))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: "\(base).err"))
    try process.run()
    while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    return (
      process.terminationStatus, (try? String(contentsOfFile: "\(base).out", encoding: .utf8)) ?? "",
      (try? String(contentsOfFile: "\(base).err", encoding: .utf8)) ?? ""
    )
  }
}
