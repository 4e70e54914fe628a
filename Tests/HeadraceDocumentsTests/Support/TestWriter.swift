import FoundationEssentials
import HeadraceCore
import HeadraceKafka

@testable import HeadraceDocuments

/// Writes events of documents as the enricher would, without an enricher.
struct TestWriter: Sendable {
  let producer: KafkaProducer

  init(_ platform: TestPlatform) throws {
    producer = try KafkaProducer(configuration: platform.kafka)
  }

  @discardableResult
  func write<Event: PlatformEvent>(
    _ event: Event, to topic: String, of document: DocumentResource, id: String
  ) async throws -> RecordCoordinate {
    let attributes = CloudEvent(
      id: id, source: "/headrace/test/enricher", type: Event.eventType, subject: document.id.description, time: .now,
      dataContentType: "application/json")
    let record = ProducerRecord(
      topic: topic, partition: document.source!.partition, key: document.id.key, value: try event.json(),
      headers: attributes.kafkaHeaders)
    return try await producer.send(record).coordinate
  }

  func step(_ stage: DocumentProgress.Stage, _ done: Int, of total: Int, document: DocumentResource) async throws {
    try await write(
      DocumentProgressed(
        documentID: document.id, progress: DocumentProgress(stage: stage, done: done, total: total)),
      to: PlatformTopics.progress, of: document, id: "\(document.source!)/\(stage.rawValue)/\(done)")
  }

  func enrich(_ document: DocumentResource) async throws {
    var enriched = Samples.enrichedBriefly
    enriched.documentID = document.id
    enriched.sha256 = document.sha256
    try await write(enriched, to: PlatformTopics.metadata, of: document, id: "\(document.source!)/0")
  }

  func close() async { await producer.close() }
}

extension DocumentService {
  /// Uploads text.
  func upload(_ text: String, name: String = "a.txt", key: String? = nil) async throws -> DocumentResource {
    var upload = DocumentUpload(name: name, contentType: "text/plain")
    upload.idempotencyKey = key
    return try await accept(upload, body: Body(text)).document
  }

  /// All events from a place to the end.
  func allEvents(of id: DocumentID, from start: DocumentEventStart = .start) async throws -> [DocumentEvent] {
    var events: [DocumentEvent] = []
    for try await event in try await self.events(of: id, from: start) { events.append(event) }
    return events
  }
}
