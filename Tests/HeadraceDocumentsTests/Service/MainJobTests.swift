import FoundationEssentials
import HeadraceCore
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// The way of a document: upload, enrichment, view.
@Suite("Main job", .timeLimit(.minutes(3)))
struct MainJobTests {
  @Test func aDocumentBecomesMetadata() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents, try platform.enricher()) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        var upload = DocumentUpload(name: "dir/note.txt", contentType: "text/plain")
        upload.metadata = ["case": "1"]
        let accepted = try await documents.accept(
          upload, body: Body("The harbour of Genoa was enlarged in 1257. Merchants paid for the new pier."))
        #expect(accepted.document.state == .uploaded && accepted.document.name == "note.txt")
        #expect(accepted.document.source?.topic == "document.uploads")
        let finished = try await documents.wait(for: accepted.document, timeout: .seconds(30))
        #expect(finished.state == .enriched)
        #expect(finished.metadata?["name"] == "note.txt")
        #expect(finished.metadata?["language"]?.string == "en")
        #expect(finished.metadata?["provenance"]?["calls"] == 1)
        #expect(finished.metadata?["provenance"]?["source"]?["offset"]?.int == accepted.document.source?.offset)
        let text = try await documents.text(of: finished.id).chunks.collect(upTo: 1 << 20)
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("The harbour"))
        let content = try await documents.content(of: finished.id)
        #expect(content.contentType == "text/plain" && content.size == 75)
        #expect(try await content.chunks.collect(upTo: 100) == text)
        #expect(try await documents.list(DocumentQuery()).documents == [finished])

        var events: [DocumentEvent] = []
        for try await event in try await documents.events(of: finished.id, from: .start) { events.append(event) }
        #expect(events.first?.type == DocumentUploaded.eventType)
        #expect(events.last?.type == DocumentEnriched.eventType)
        #expect(events.dropFirst().dropLast().allSatisfy { $0.type == DocumentProgressed.eventType })
        #expect(events.count >= 6)
        #expect(Set(events.map { "\($0.source) \($0.id)" }).count == events.count)
      }
      #expect(platform.model.billedCalls == 1)
    }
  }
}
