import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// Deleted is deleted: on every replica, whatever is under way, and after a view was made anew.
@Suite("Deletion", .timeLimit(.minutes(3)))
struct DeletionTests {
  @Test func aDocumentDeletedWhileItIsEnrichedStaysDeleted() async throws {
    let slow = ScriptedModelConfiguration(latency: .fixed(.milliseconds(300)))
    try await TestPlatform.with(model: slow) { platform in
      let (a, b) = (platform.documents("a"), platform.documents("b"))
      let deleted = try await platform.running(a, b, try platform.enricher(slots: 16)) {
        for service in [a, b] { try await service.waitUntilReady(timeout: .seconds(20)) }
        var documents: [DocumentResource] = []
        for number in 0..<12 { documents.append(try await a.upload("Document number \(number) is about a bridge.")) }
        while platform.model.callsInFlight == 0 { try await Task.sleep(for: .milliseconds(5)) }
        for document in documents { try await b.delete(document.id) }
        // The answer to each tombstone is a tombstone, after whatever the enricher had written.
        var answered: Set<DocumentID> = []
        while answered.count < documents.count {
          let records = try await platform.records(of: PlatformTopics.metadata)
          var last: [DocumentID: Bool] = [:]
          for record in records { last[DocumentID(key: record.key)!] = record.value == nil }
          answered = Set(last.filter(\.value).keys)
          try await Task.sleep(for: .milliseconds(20))
        }
        for service in [a, b] {
          for document in documents { #expect(try await service.get(document.id).state == .deleted) }
          #expect(try await service.list(DocumentQuery()).documents.isEmpty)
        }
        return documents
      }
      let rebuilt = platform.documents("rebuilt")
      try await platform.running(rebuilt) {
        try await rebuilt.waitUntilReady(timeout: .seconds(20))
        for document in deleted { #expect(try await rebuilt.get(document.id).state == .deleted) }
        #expect(try await rebuilt.list(DocumentQuery()).documents.isEmpty)
      }
    }
  }

  @Test func contentIsSweptWhenNoDocumentSharesIt() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let bytes = BlobStoreConformance.bytes(100_000)
        let upload = DocumentUpload(name: "x", contentType: "a/b")
        let first = try await documents.accept(upload, body: Body(bytes)).document
        let second = try await documents.accept(upload, body: Body(bytes)).document
        let blob = BlobReference(digest: SHA256.hash(bytes))
        let store = try documents.view.open().store
        func sweep() async throws -> Int {
          try await platform.blobs.sweep(olderThan: Date.now.addingTimeInterval(3600)) {
            try await store.refers(to: $0)
          }.removed
        }
        _ = try await documents.get(second.id)
        try await documents.delete(first.id)
        #expect(try await sweep() == 0)
        #expect(try await documents.content(of: second.id).chunks.collect(upTo: 1 << 20) == bytes)
        try await documents.delete(second.id)
        #expect(try await sweep() == 1)
        #expect(try await platform.blobs.size(of: blob) == nil)
      }
    }
  }
}
