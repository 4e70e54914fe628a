import Foundation
import HeadraceCore
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
    let output = FileManager.default.temporaryDirectory.appending(path: "broker-deaths-\(UUID().uuidString).log")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: output) }
    let file = try FileHandle(forWritingTo: output)
    let seed = "\(Int.random(in: 1...1_000_000))"
    let status = await withCheckedContinuation { (continuation: CheckedContinuation<Int32, Never>) in
      let process = Process()
      process.executableURL = URL(filePath: python)
      process.arguments = [
        script, "--deaths", "10", "--seconds", "60", "--seed", seed, "--binary", HeadraceProcess.binary("headrace"),
      ]
      process.standardOutput = file
      process.standardError = file
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        continuation.resume(returning: -1)
      }
    }
    let text = String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self)
    #expect(status == 0, "seed \(seed):\n\(text.suffix(4_000))")
  }
}
