internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceExtraction
internal import HeadraceLLM
internal import HeadraceStreams
internal import HeadraceTelemetry

/// What the enricher does with one record of `document.uploads`.
///
/// Outputs go to the partition number of the record itself, so that a document is in one partition of all topics, whoever
/// produced it.
struct EnrichmentProcessor: Processor {
  typealias Value = DocumentUploaded?

  let configuration: EnricherConfiguration
  let model: any ChatModel
  let usage: any UsageSink
  let blobs: any BlobStore
  let extractor: Extractor
  let notes = FailureNotes()

  /// Takes what has a document's id for a key; other records are none of ours.
  func accepts(_ record: RawRecord) -> Bool {
    guard DocumentID(key: record.key) != nil else { return false }
    return record.isTombstone || record.header("ce_type") == DocumentUploaded.eventType
  }

  func decode(_ record: RawRecord) throws -> DocumentUploaded? {
    guard let value = record.value else { return nil }
    let upload = try DocumentUploaded(json: value)
    guard DocumentID(key: record.key) == upload.documentID else {
      throw EnrichmentFailure(
        reason: "key_mismatch", title: "The record's key is not the document's id.",
        detail: "The data names document \(upload.documentID).")
    }
    return upload
  }

  func handle(_ record: InputRecord<DocumentUploaded?>, context: ProcessorContext) async throws -> Outputs {
    // The answer to a deletion is a deletion, after whatever came before it for this document: records of a key are
    // handled one at a time and in their order.
    guard let upload = record.value else { return [deletion(of: record.raw, context: context)] }
    let note = FirstSeenNote(digest: upload.sha256, coordinate: context.coordinate)
    let first = try await context.firstSeen(upload.documentID.description, note)
    guard isOurs(record.raw, note: note, first: first, context: context) else { return .none }
    let job = EnrichmentJob(
      upload: upload, configuration: configuration, model: model, usage: usage, blobs: blobs, extractor: extractor,
      context: context)
    do {
      let enriched = try await job.run()
      notes.forget(context.coordinate)
      return [try output(enriched, of: record.raw, context: context)]
    } catch {
      notes.keep(FailureNotes.Note(error: error, job: job), of: context.coordinate)
      throw error
    }
  }

  func deadLettered(
    _ record: RawRecord, failure: ProcessingFailure, context: ProcessorContext
  ) async throws -> Outputs {
    guard let id = DocumentID(key: record.key), !record.isTombstone else { return .none }
    let note = notes.take(context.coordinate)
    let upload = record.value.flatMap { try? DocumentUploaded(json: $0) }
    let failed = DocumentFailed(
      documentID: id, name: upload?.name ?? "",
      error: note?.failure
        ?? DocumentFailure(
          reason: failure.reason, title: failure.reason.split(separator: "_").joined(separator: " "),
          detail: failure.message),
      attempts: failure.attempts, extraction: note?.facts,
      provenance: note?.provenance ?? EnrichmentJob.provenance(configuration, context))
    return [try output(failed, of: record, context: context)]
  }

  // MARK: Helpers

  /// Whether this upload counts: the first of its id in the log's order does. A replay, or a dead letter that is driven
  /// again, is the same content at another place.
  private func isOurs(
    _ record: RawRecord, note: FirstSeenNote, first: FirstSeenNote, context: ProcessorContext
  ) -> Bool {
    if first.coordinate == note.coordinate { return true }
    guard first.digest == note.digest else {
      context.logger.notice(
        "an upload is passed over: another one of its id came first", ["first": "\(first.coordinate)"])
      return false
    }
    return context.runID != nil || record.headers.contains { $0.name == DeadLetterHeaders.redrives }
  }

  private func deletion(of record: RawRecord, context: ProcessorContext) -> Output {
    let event = CloudEvent(
      id: context.eventID(0), source: context.eventSource, type: DocumentDeleted.eventType, subject: record.keyText,
      time: record.timestamp, extensions: extensions(of: record))
    return Output(
      topic: PlatformTopics.metadata, partition: record.coordinate.partition, key: record.key, value: nil,
      headers: event.kafkaHeaders)
  }

  private func output<Event: PlatformEvent>(
    _ data: Event, of record: RawRecord, context: ProcessorContext
  ) throws -> Output {
    let event = CloudEvent(
      id: context.eventID(0), source: context.eventSource, type: Event.eventType, subject: record.keyText, time: .now,
      dataContentType: "application/json", dataSchema: Event.schemaPath, extensions: extensions(of: record))
    return Output(
      topic: PlatformTopics.metadata, partition: record.coordinate.partition, key: record.key, value: try data.json(),
      headers: event.kafkaHeaders)
  }

  /// What the upload's event says of whom it belongs to goes on to what is made from it.
  private func extensions(of record: RawRecord) -> [String: String] {
    var extensions: [String: String] = [:]
    extensions["partitionkey"] = record.keyText
    for name in ["tenant", "traceparent", "correlationid"] { extensions[name] = record.header("ce_\(name)") }
    extensions["causationid"] = record.header("ce_id")
    return extensions
  }
}
