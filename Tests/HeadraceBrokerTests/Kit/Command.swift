import Foundation
import HeadraceTesting

/// Runs a program and takes what it prints.
struct Command {
  var path: String
  var arguments: [String]
  var input = ""
  /// Seconds until it is ended.
  var limit = 100.0

  struct Result: Sendable {
    var status: Int32
    var output: String
    var errors: String
  }

  func run() async throws -> Result {
    let end = try await TestProgram.run(path, arguments, input: input, within: .seconds(limit))
    return Result(status: end.code, output: end.output, errors: end.error)
  }

  /// The folder of the project.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The interpreter with the packages that the tests need.
  static let python: String? = {
    let path = ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] ?? "\(root)/.venv/bin/python"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()

  static let kcat: String? = FileManager.default.isExecutableFile(atPath: "/usr/bin/kcat") ? "/usr/bin/kcat" : nil

  /// The script that runs Apache Kafka's own tools: `SCRIPT tool CLASS ARGUMENTS`.
  static let kafkaTool = ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA_TOOL"]
}
