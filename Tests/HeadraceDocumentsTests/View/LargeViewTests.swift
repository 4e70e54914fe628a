import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// A view of many documents: made from the log, opened again, and made anew.
@Suite("Large view", .timeLimit(.minutes(10)))
struct LargeViewTests {
  /// 100,000 in a soak.
  private static let count = ProcessEnvironment.value("HEADRACE_SOAK") == "1" ? 100_000 : 2_000

  @Test func aViewOfManyDocumentsIsReadyAtOnceAndEqualsOneMadeAnew() async throws {
    let count = LargeViewTests.count
    try await TestPlatform.with(partitions: 8) { platform in
      try await LargeViewTests.fill(platform, count: count)
      func opened(_ name: String) async throws -> (seconds: Double, documents: Set<DocumentResource>) {
        let documents = platform.documents(name)
        let start = ContinuousClock.now
        return try await platform.running(documents) {
          try await documents.waitUntilReady(timeout: .seconds(300))
          let seconds = (ContinuousClock.now - start).seconds
          var all: Set<DocumentResource> = []
          var query = DocumentQuery()
          query.limit = 500
          repeat {
            let page = try await documents.list(query)
            all.formUnion(page.documents)
            query.cursor = page.next
          } while query.cursor != nil
          return (seconds, all)
        }
      }
      let made = try await opened("a")
      #expect(made.documents.count == count - count / 10)
      #expect(made.documents.count { $0.state == .enriched } == count / 2 - count / 10)
      let again = try await opened("a")
      #expect(again.documents == made.documents)
      // On a quiet machine this takes 30 ms; the bound is for a loaded one.
      #expect(again.seconds < 5)
      let anew = try await opened("b")
      #expect(anew.documents == made.documents)
      print("view of \(count) documents: made in \(made.seconds) s, opened in \(again.seconds) s")
    }
  }

  /// Half of the documents are enriched, every tenth is deleted.
  private static func fill(_ platform: TestPlatform, count: Int) async throws {
    let producer = try KafkaProducer(configuration: platform.kafka)
    for number in 0..<count {
      let id = DocumentID(UUID.version8(SHA256.hash("document \(number)")))
      let partition = Partitioner.murmur2(id.key, partitionCount: 8)
      var upload = Samples.uploadedInline
      upload.documentID = id
      upload.name = "document \(number).txt"
      func record<Event: PlatformEvent>(_ event: Event?, _ topic: String) throws -> ProducerRecord {
        let headers = CloudEvent(
          id: "\(number)", source: "/test", type: Event.eventType, subject: id.description, time: .now
        ).kafkaHeaders
        return ProducerRecord(
          topic: topic, partition: partition, key: id.key, value: try event?.json(), headers: headers)
      }
      try await producer.enqueue(try record(upload, PlatformTopics.uploads))
      if number % 2 == 0 {
        var enriched = Samples.enriched
        enriched.documentID = id
        try await producer.enqueue(try record(enriched, PlatformTopics.metadata))
      }
      if number % 10 < 1 { try await producer.enqueue(try record(nil as DocumentUploaded?, PlatformTopics.uploads)) }
    }
    let report = await producer.flush()
    #expect(report.undelivered == 0)
    await producer.close()
  }
}
