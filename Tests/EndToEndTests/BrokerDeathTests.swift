import Foundation
import HeadraceCore
import HeadraceTesting
import Testing

/// The broker as a process of its own, killed under load.
@Suite(.timeLimit(.minutes(5)))
struct BrokerDeathTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let python: String? = {
    let path =
      ProcessInfo.processInfo.environment["HEADRACE_TEST_PYTHON"] ?? root.appending(path: ".venv/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()

  @Test(.enabled(if: BrokerDeathTests.python != nil, "no Python with the test packages: see ops/setup --tests"))
  func G01_nothingIsLostOrDoubledWhenTheBrokerIsKilledTenTimes() async throws {
    let python = try #require(Self.python)
    let script = Self.root.appending(path: "ops/soak/broker").path
    let seed = "\(Int.random(in: 1...1_000_000))"
    let end = try await TestProgram.run(
      python,
      [
        script, "--deaths", "10", "--seconds", "60", "--seed", seed, "--binary", HeadraceProcess.binary("headrace"),
      ], within: .seconds(280))
    #expect(end.code == 0, "seed \(seed):\n\(end.output.suffix(4_000))\n\(end.error.suffix(4_000))")
  }
}
