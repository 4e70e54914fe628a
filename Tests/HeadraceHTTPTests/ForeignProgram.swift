import Foundation
import Synchronization
import Testing

/// A Python program of others that judges us, run for one test and ended with its standard input.
final class ForeignProgram: Sendable {
  /// `HEADRACE_TEST_PYTHON`, or the virtual environment at the root of the project; `nil` when there is none, or it lacks
  /// the module.
  static func python(with module: String) -> String? {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let python = ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] ?? root + "/.venv/bin/python"
    guard FileManager.default.isExecutableFile(atPath: python) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", "import \(module)"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? python : nil
  }

  static let absence: Comment = "the Python packages of ops/requirements-test.txt are not installed: ops/setup --tests"

  private let process: Process
  private let input = Pipe()
  /// What it prints. A file: a pipe with a handler now and then loses what it should read, or the process.
  private let output = FileManager.default.temporaryDirectory.appending(path: "headrace-foreign-\(UUID().uuidString)")
    .path

  init(_ python: String, _ script: String, arguments: [String] = []) throws {
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-u", "-c", script] + arguments
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    try process.run()
  }

  deinit { try? FileManager.default.removeItem(atPath: output) }

  /// Closes its input and ends it.
  func stop() {
    try? input.fileHandleForWriting.close()
    process.terminate()
  }

  func send(_ text: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
  }

  /// The first line that it prints; empty when it ends without one, or takes longer than 30 seconds.
  func firstLine() async throws -> String {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      let isOver = !process.isRunning
      let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
      if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
      if isOver { return text }
      try await Task.sleep(for: .milliseconds(10))
    }
    return ""
  }
}
