import Foundation

@testable import HeadraceBroker

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

  /// Blocks no thread of the cooperative pool.
  func run() async throws -> Result {
    let command = self
    return try await OffPool.run { () throws(any Error) in try command.runBlocking() }
  }

  private func runBlocking() throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files, not pipes: nothing can block on output that nobody reads yet.
    func file(_ name: String, _ content: String = "") throws -> URL {
      let url = folder.appendingPathComponent(name)
      try Data(content.utf8).write(to: url)
      return url
    }
    let (input, output, errors) = (try file("in", self.input), try file("out"), try file("err"))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: input)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let end = Date().addingTimeInterval(limit)
    while process.isRunning, Date() < end { OSPause.milliseconds(20) }
    let isLate = process.isRunning
    if isLate { process.terminate() }
    process.waitUntilExit()
    let result = Result(
      status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    if isLate {
      throw CaseFailure("\(path) \(arguments) did not end in \(limit) s:\n\(result.output)\n\(result.errors)")
    }
    return result
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
