import Foundation
import Testing

/// Every promise has a test that bears its number, and the register names real tests.
@Suite struct GuaranteesTests {
  private static let promises = 1...14

  private func testNames() throws -> [String] {
    try Tree.files(under: "Tests", endings: ".swift").flatMap { path in
      try Tree.text(path).matches(of: #/func (?<name>G\d\d_\w+)/#).map { String($0.output.name) }
    }
  }

  @Test(arguments: promises)
  func hasATest(promise: Int) throws {
    let id = String(format: "G%02d_", promise)
    #expect(try testNames().contains { $0.contains(id) }, "no test bears \(id)")
  }

  @Test func theRegisterNamesEveryPromiseAndOnlyTestsThatExist() throws {
    let register = try Tree.text("docs/guarantees.md")
    for promise in Self.promises {
      #expect(register.contains("G\(promise) "), "G\(promise) is not in docs/guarantees.md")
    }
    let names = Set(try testNames())
    for match in register.matches(of: #/`(?<name>G\d\d_\w+)`/#) {
      #expect(
        names.contains(String(match.output.name)), "docs/guarantees.md names \(match.output.name), which is no test")
    }
  }
}
