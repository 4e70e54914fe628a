import Foundation
import Testing

/// What the Kafka client's articles say of its code and tests is there.
@Suite struct KafkaDocumentationTests {
  private static let articles = "Sources/HeadraceKafka/HeadraceKafka.docc"

  @Test func everyTrapNamesTestsThatExist() throws {
    let sources = try Tree.files(under: "Tests/HeadraceKafkaTests", endings: ".swift").map(Tree.text).joined()
    let names = Set(sources.matches(of: #/(?:func|struct) (?<name>\w+)/#).map { String($0.output.name) })
    let traps = try Tree.text("\(Self.articles)/Traps.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
    for trap in traps.dropFirst() {
      for match in trap.matches(of: #/`(?<name>G\d\d_\w+|\w+Tests|(?:a|an|the)[A-Z]\w+)`/#) {
        #expect(names.contains(String(match.output.name)), "\(match.output.name) is no test")
      }
      #expect(trap.split(separator: "|").count >= 2)
    }
    #expect(traps.count > 30)
  }

  @Test func everyErrorHasALine() throws {
    let codes = try Tree.text("Sources/HeadraceKafka/Errors/KafkaError+Code.swift")
      .matches(of: #/public static let (?<name>\w+) = Code/#).map { String($0.output.name) }
    let article = try Tree.text("\(Self.articles)/Errors.md")
    #expect(codes.count > 80)
    for code in codes { #expect(article.contains("`\(code)`"), "Errors.md has no line for \(code)") }
  }
}
