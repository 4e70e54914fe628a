import Foundation
import HeadraceTesting
import Testing

/// Python programs of others that judge us.
enum ForeignPython {
  /// `HEADRACE_TEST_PYTHON`, or the virtual environment at the root of the project; `nil` when there is none, or it lacks
  /// the modules.
  static func with(_ modules: String) -> String? {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    let python = ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] ?? root + "/.venv/bin/python"
    guard FileManager.default.isExecutableFile(atPath: python),
      let program = try? TestProgram(python, ["-c", "import \(modules)"])
    else { return nil }
    return program.waitBlockingForEnd() == .exit(0) ? python : nil
  }

  static let absence: Comment = "the Python packages of ops/requirements-test.txt are not installed: ops/setup --tests"
}
