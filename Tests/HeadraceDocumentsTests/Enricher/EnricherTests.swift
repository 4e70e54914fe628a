import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceStreams
import HeadraceTesting
import Testing

@testable import HeadraceDocuments

/// What the enricher makes of documents, good and bad.
@Suite("Enricher", .timeLimit(.minutes(4)))
struct EnricherTests {
  /// Prose of about so many characters, in paragraphs.
  private static func prose(_ characters: Int) -> String {
    let sentence = "The engineers measured the water level at the weir and wrote the figure into the book of the mill. "
    let paragraph = String(repeating: sentence, count: 6)
    return (0..<(characters / paragraph.count + 1)).map { "Chapter \($0). \(paragraph)" }.joined(separator: "\n\n")
  }

  @Test func aLongDocumentIsReadInBoundedCallsAndSaysWhatWasLeftOut() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents, try platform.enricher()) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let medium = try await documents.upload(EnricherTests.prose(9_000), name: "medium.md")
        let long = try await documents.upload(EnricherTests.prose(200_000), name: "long.txt")
        let read = try await documents.wait(for: medium.id, timeout: .seconds(60))
        let calls = try #require(read.metadata?["provenance"]?["calls"]?.int)
        #expect((4...6).contains(calls))
        #expect(read.metadata?["extraction"]?["leftOut"] == nil)
        let cut = try await documents.wait(for: long.id, timeout: .seconds(60))
        #expect(cut.metadata?["provenance"]?["calls"] == 12)
        #expect(cut.metadata?["extraction"]?["leftOut"]?.string?.isEmpty == false)
        let steps = try await documents.allEvents(of: long.id).filter { $0.type == DocumentProgressed.eventType }
        let stages = try steps.map { try DocumentProgressed(json: $0.data) }
        #expect(stages.filter { $0.stage == .model }.map(\.done) == Array(0...12))
        #expect(stages.allSatisfy { $0.done <= $0.total })
        #expect(Set(stages.map(\.stage)) == [.extract, .chunk, .model, .write])
      }
    }
  }

  @Test func badDocumentsFailWithAReasonAndDelayNoOther() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      try await platform.running(documents, try platform.enricher()) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        func upload(_ name: String, _ type: String, _ bytes: [UInt8]) async throws -> DocumentResource {
          try await documents.accept(DocumentUpload(name: name, contentType: type), body: Body(bytes)).document
        }
        let bad = [
          ("empty", try await upload("empty.txt", "text/plain", [])),
          ("empty", try await upload("blank.txt", "text/plain", Array(" \n\t ".utf8))),
          (
            "unsupported_type",
            try await upload("a.png", "image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0])
          ),
        ]
        let good = try await documents.upload("A good document about cheese.")
        #expect(try await documents.wait(for: good.id, timeout: .seconds(30)).state == .enriched)
        for (reason, document) in bad {
          let failed = try await documents.wait(for: document.id, timeout: .seconds(30))
          #expect(failed.state == .failed)
          #expect(failed.error?.reason == reason)
          #expect(failed.error?.title.isEmpty == false && failed.error?.detail.isEmpty == false)
          await expect(.textUnavailable) { _ = try await documents.text(of: document.id) }
          let events = try await documents.allEvents(of: document.id)
          #expect(events.last?.type == DocumentFailed.eventType)
          let data = try DocumentFailed(json: events.last!.data)
          #expect(data.attempts == 1 && data.provenance.source == document.source)
        }
        let letters = try await platform.records(of: PlatformTopics.uploadsDeadLetters)
        #expect(Set(letters.map { DocumentID(key: $0.key) }) == Set(bad.map(\.1.id)))
      }
    }
  }

  @Test func aModelThatFailsKeepsDocumentsWaitingAndLosesNone() async throws {
    let faults: [ScriptedFault] = [
      .init(.status(500), times: 3), .init(.status(429, retryAfter: 1), times: 2),
      .init(.cut(afterPieces: 1), times: 2),
      .init(.answer("no JSON at all"), times: 1),
    ]
    try await TestPlatform.with(model: ScriptedModelConfiguration(faults: faults)) { platform in
      let documents = platform.documents()
      try await platform.running(documents, try platform.enricher()) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        var uploaded: [DocumentResource] = []
        for number in 0..<8 { uploaded.append(try await documents.upload("Letter \(number) about a harbour.")) }
        for document in uploaded {
          #expect(try await documents.wait(for: document.id, timeout: .seconds(60)).state == .enriched)
        }
      }
    }
  }

  @Test func theFirstUploadOfAnIdWinsInTheEnricherToo() async throws {
    try await TestPlatform.with { platform in
      let documents = platform.documents()
      let writer = try TestWriter(platform)
      // Before the enricher starts: a second upload of the id, with other bytes, and a copy of the first.
      let first = try await platform.running(documents) {
        try await documents.waitUntilReady(timeout: .seconds(20))
        let first = try await documents.upload("the first bytes", key: "k")
        for text in ["other bytes", "the first bytes"] {
          let event = DocumentUploaded(
            documentID: first.id, tenant: "default", name: "x.txt", contentType: "text/plain",
            size: Int64(text.utf8.count), sha256: SHA256.hash(text).hex, text: text)
          try await writer.write(event, to: PlatformTopics.uploads, of: first, id: "copy")
        }
        return first
      }
      await writer.close()
      let again = platform.documents("b")
      try await platform.running(again, try platform.enricher()) {
        try await again.waitUntilReady(timeout: .seconds(20))
        let done = try await again.wait(for: first.id, timeout: .seconds(30))
        #expect(done.metadata?["sha256"]?.string == first.sha256)
        let last = try await again.upload("something else")
        _ = try await again.wait(for: last.id, timeout: .seconds(30))
      }
      let events = try await platform.records(of: PlatformTopics.metadata).filter { $0.key == first.id.key }
      #expect(events.count == 1)
      #expect(platform.model.billedCalls == 2)
    }
  }
}
