import FoundationEssentials
import HeadraceCore

@testable import HeadraceDocuments

/// Events of every kind, with and without what is optional.
enum Samples {
  static let id = DocumentID("0199a2c4-7d1e-7a3b-8c5d-0123456789ab")!
  static let sha256 = String(repeating: "0f", count: 32)
  static let source = RecordCoordinate(topic: "document.uploads", partition: 3, offset: 17)

  static let uploadedInline = DocumentUploaded(
    documentID: id, tenant: "default", name: "a.txt", contentType: "text/plain", size: 5, sha256: sha256,
    text: "h\u{e9}\"\\\u{0}")
  static let uploadedBlob = DocumentUploaded(
    documentID: id, tenant: "acme", name: "b.pdf", contentType: "application/pdf", size: 1 << 40, sha256: sha256,
    language: "de-CH", charset: "windows-1252", metadata: ["case": "4711", "Ü": ""],
    idempotencyKeyHash: String(repeating: "ab", count: 32), dataref: "blob:sha256/\(sha256)")

  static let facts = ExtractionFacts(
    rule: "signature", declaredType: "application/pdf", nameType: "application/pdf", encoding: "UTF-8", pages: 12,
    characters: 40_000, author: "N. N.", created: "2020-02-02T02:02:02Z", textRef: "blob:sha256/\(sha256)",
    leftOut: "pages 9 to 12: more than 12 calls", milliseconds: 120)
  static let fewFacts = ExtractionFacts(
    rule: "name", declaredType: "", nameType: "text/plain", encoding: "UTF-8", characters: 5, milliseconds: 0)
  static let provenance = Provenance(
    source: source, processor: "enricher", version: "1", promptID: "document-metadata", promptVersion: "1",
    route: "default", provider: "local", model: "qwen", calls: 12, journalHits: 2, attempts: 1, inputTokens: 9000,
    outputTokens: 800, cost: Money(nanos: 1_200_000), priceTable: "2026-11", milliseconds: 60_000, runID: "r1")
  static let noCall = Provenance(
    source: source, processor: "enricher", version: "1", promptID: "document-metadata", promptVersion: "1",
    route: "default")

  static let enriched = DocumentEnriched(
    documentID: id, name: "b.pdf", contentType: "application/pdf", size: 77, sha256: sha256, title: "Title",
    summary: "Summary", language: "de",
    languages: [.init(language: "de", percent: 80), .init(language: "en", percent: 20)],
    category: "report", topics: ["a"], keywords: ["b", "c"], extraction: facts, provenance: provenance)
  static let enrichedBriefly = DocumentEnriched(
    documentID: id, name: "a.txt", contentType: "text/plain", size: 5, sha256: sha256, title: "T", summary: "",
    language: "und", category: "other", topics: [], keywords: [], extraction: fewFacts, provenance: noCall)
  static let failed = DocumentFailed(
    documentID: id, name: "b.pdf",
    error: DocumentFailure(reason: "encrypted", title: "Locked.", detail: "It is locked."), attempts: 1,
    extraction: facts, provenance: provenance)
  static let failedBriefly = DocumentFailed(
    documentID: id, name: "", error: DocumentFailure(reason: "undecodable", title: "t", detail: ""), attempts: 3,
    provenance: noCall)
  static let progressed = DocumentProgressed(
    documentID: id, progress: DocumentProgress(stage: .model, done: 2, total: 5))

  static let called = CallUsageEvent(
    fingerprint: CallFingerprint(parts: [("a", "b")]), attempt: 1, outcome: .failed, errorClass: .throttled,
    route: "default", provider: "local", model: "qwen", tenant: "default", processor: "enricher",
    source: source, usage: CallUsage(inputTokens: 10, outputTokens: 3, cost: Money(nanos: 5)), priceTable: "2026-11",
    milliseconds: 12, firstTokenMilliseconds: 3,
    router: .init(class: "summary", margin: 0.25, reason: "only one provider"))

  /// Every sample's data by its type.
  static func all() throws -> [(type: String, json: [UInt8])] {
    func sample<Event: PlatformEvent>(_ event: Event) throws -> (String, [UInt8]) {
      (Event.eventType, try event.json())
    }
    return [
      try sample(uploadedInline), try sample(uploadedBlob), try sample(enriched), try sample(enrichedBriefly),
      try sample(failed), try sample(failedBriefly), try sample(progressed),
      ("headrace.llm.called.v1", Array(try JSONEncoder().encode(called))),
    ]
  }
}
