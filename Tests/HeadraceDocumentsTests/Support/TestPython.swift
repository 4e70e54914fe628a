import Foundation

/// The Python that has the packages of `ops/requirements-test.txt`.
enum TestPython {
  /// The root of the source tree.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// `HEADRACE_TEST_PYTHON`, else `.venv` at the root; nil where there is none.
  static let executable: String? = {
    let candidates = [
      ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"], root.path + "/.venv/bin/python",
    ]
    return candidates.compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Whether the packages can be imported.
  static func has(_ modules: String...) -> Bool {
    guard executable != nil else { return false }
    return (try? run("import " + modules.joined(separator: ", "))) != nil
  }

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a script with these bytes on its standard input.
  ///
  /// - Returns: Its standard output.
  static func run(_ script: String, input: Data = Data(), arguments: [String] = []) throws -> String {
    guard let executable else { throw Failed(description: "there is no Python for tests") }
    let process = Process()
    process.executableURL = URL(filePath: executable)
    process.arguments = ["-c", script] + arguments
    let (standardInput, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let feeding = Thread {
      try? standardInput.fileHandleForWriting.write(contentsOf: input)
      try? standardInput.fileHandleForWriting.close()
    }
    feeding.start()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(
        description: "Python ended with \(process.terminationStatus): \(String(decoding: complaint, as: UTF8.self))")
    }
    return String(decoding: text, as: UTF8.self)
  }
}
