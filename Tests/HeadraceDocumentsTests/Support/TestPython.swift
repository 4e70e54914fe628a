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

  /// Whether a package is installed.
  static func has(_ package: String) -> Bool {
    guard let executable else { return false }
    let library = URL(filePath: executable).deletingLastPathComponent().deletingLastPathComponent().path + "/lib"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
    return versions.contains { FileManager.default.fileExists(atPath: "\(library)/\($0)/site-packages/\(package)") }
  }

  /// Starts a script.
  static func start(_ script: String, input: Data = Data(), arguments: [String] = []) throws -> TestProcess {
    guard let executable else { throw TestProcess.Failed(description: "there is no Python for tests") }
    return try TestProcess(executable, ["-c", script] + arguments, input: [UInt8](input))
  }

  /// Runs a script with these bytes on its standard input.
  ///
  /// - Returns: Its standard output.
  static func run(_ script: String, input: Data = Data(), arguments: [String] = []) async throws -> String {
    try await start(script, input: input, arguments: arguments).finish()
  }
}
