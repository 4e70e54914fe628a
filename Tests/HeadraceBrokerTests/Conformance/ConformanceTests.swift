import HeadraceTesting
import Testing

@testable import HeadraceBroker

/// The same cases, asked of the embedded broker and of the real thing.
@Suite(.timeLimit(.minutes(5)), SharedBroker())
struct ConformanceTests {
  @Test(arguments: ConformanceCase.all)
  func embeddedBroker(_ item: ConformanceCase) async throws {
    let target = try #require(SharedBroker.target)
    try await OffPool.run { () throws(any Error) in try item.body(Lab(target, isEmbedded: true)) }
  }

  @Test(
    .enabled(if: TestTarget.kafka != nil, "HEADRACE_TEST_KAFKA names no Apache Kafka to ask"),
    arguments: ConformanceCase.all)
  func apacheKafka(_ item: ConformanceCase) async throws {
    let target = try #require(TestTarget.kafka)
    try await OffPool.run { () throws(any Error) in try item.body(Lab(target, isEmbedded: false)) }
  }

  @Test func thereAreEnoughCases() {
    #expect(ConformanceCase.all.count >= 150)
    #expect(Set(ConformanceCase.all.map(\.name)).count == ConformanceCase.all.count)
  }
}
