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
  private let output = Pipe()

  init(_ python: String, _ script: String, arguments: [String] = []) throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-u", "-c", script] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  /// Closes its input and ends it.
  func stop() {
    try? input.fileHandleForWriting.close()
    process.terminate()
  }

  func send(_ text: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
  }

  /// What it prints first; a short line comes in one piece.
  func firstOutput() async -> String {
    await withCheckedContinuation { waiter in
      output.fileHandleForReading.readabilityHandler = { handle in
        let data = handle.availableData
        handle.readabilityHandler = nil
        waiter.resume(returning: String(decoding: data, as: UTF8.self))
      }
    }
  }
}
