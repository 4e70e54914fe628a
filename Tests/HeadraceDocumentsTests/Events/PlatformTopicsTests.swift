import HeadraceDocuments
import Testing

@Suite("Platform topics")
struct PlatformTopicsTests {
  @Test func theTopicsAreThoseOfTheContract() {
    let topics = PlatformTopics.all()
    #expect(
      topics.map(\.name) == [
        "document.uploads", "document.metadata", "document.progress", "document.uploads.dlq",
        "enricher.journal", "headrace.control", "llm.usage",
      ])
    #expect(topics.allSatisfy { $0.partitions == 8 && $0.replicationFactor == nil })
    #expect(topics[0].configuration == ["cleanup.policy": "compact", "delete.retention.ms": "2592000000"])
    #expect(topics[0].configuration == topics[1].configuration)
    #expect(topics[2].configuration == ["cleanup.policy": "delete", "retention.ms": "86400000"])
    #expect(topics[6].configuration == ["cleanup.policy": "delete", "retention.ms": "7776000000"])
    #expect(PlatformTopics.all(partitions: 3, replicationFactor: 3)[5].replicationFactor == 3)
  }
}
