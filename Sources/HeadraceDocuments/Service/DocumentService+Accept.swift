internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry

// Taking uploads.
extension DocumentService {
  /// Takes a document: reads its bytes, keeps them, and writes its upload to the log.
  ///
  /// UTF-8 text of up to 64 KiB travels in the event. Anything else goes into the blob store, piece by piece, before the
  /// event is written. When this returns, the log has acknowledged the event with acks=all.
  ///
  /// With an idempotency key, the first upload in the log's order wins on every replica: the same bytes get its receipt,
  /// other bytes ``DocumentError/Code/idempotencyConflict``.
  ///
  /// - Parameters:
  ///   - upload: What the caller says of the document.
  ///   - body: The bytes, read to their end. Its errors are passed on; nothing is kept then.
  ///   - amend: Called when the body was read, for what its sender says of it only behind it: name, language, metadata.
  /// - Throws: ``DocumentError``.
  public func accept<Body: AsyncSequence>(
    _ upload: DocumentUpload, body: Body, amend: (inout DocumentUpload) throws -> Void = { _ in }
  ) async throws -> DocumentAcceptance where Body.Element == [UInt8] {
    var upload = try upload.checked()
    let key = upload.idempotencyKey.map { IdempotencyKey(tenant: upload.tenant, key: $0) }
    let id = key.map(DocumentID.identity(of:)) ?? .random()
    let source = try eventSource()
    if key != nil, let known = try await view.open().store.row(id), known.upload != nil || known.deletion != nil {
      let digest = try await DocumentIntake.digest(of: body, upload: upload)
      return try repeated(known, digest: digest)
    }
    let taken = try await DocumentIntake.take(body, upload: upload, blobs: blobs)
    try amend(&upload)
    upload = try upload.checked()
    let event = DocumentUploaded(
      documentID: id, tenant: upload.tenant, name: upload.name, contentType: upload.contentType, size: taken.size,
      sha256: taken.digest.hex, language: upload.language, charset: upload.charset,
      metadata: upload.metadata.isEmpty ? nil : upload.metadata, idempotencyKeyHash: key?.hash.hex, text: taken.text,
      dataref: taken.reference?.description)
    let partition = try partition(of: id)
    let delivery = try await send(record(of: event, source: source, upload: upload, partition: partition))
    if key != nil { return try await settle(id: id, digest: taken.digest, delivery: delivery, event: event) }
    return DocumentAcceptance(document: receipt(event, delivery), isRepeat: false)
  }

  /// Waits until the view has passed the upload's own record, and sees which upload of this id was the first.
  private func settle(
    id: DocumentID, digest: SHA256.Digest, delivery: Delivery, event: DocumentUploaded
  ) async throws -> DocumentAcceptance {
    let partition = TopicPartition(delivery.topic, delivery.partition)
    let deadline = ContinuousClock.now + configuration.acknowledgementTimeout
    guard await view.signals.wait(for: partition, toReach: delivery.offset + 1, until: deadline),
      let row = try await view.open().store.row(id)
    else {
      throw DocumentError(.viewBehind, "The upload is in the log, but its idempotency could not be judged in time.")
    }
    if row.upload?.offset == delivery.offset, row.deletion == nil {
      return DocumentAcceptance(document: receipt(event, delivery), isRepeat: false)
    }
    do {
      return try repeated(row, digest: digest)
    } catch let error as DocumentError where error.code == .idempotencyConflict {
      await restore(row)
      throw error
    }
  }

  /// The answer to an upload whose id is known.
  private func repeated(_ known: DocumentRow, digest: SHA256.Digest) throws -> DocumentAcceptance {
    guard known.deletion == nil else {
      throw DocumentError(.deleted, "The document that this idempotency key made was deleted.")
    }
    guard known.resource.sha256 == digest.hex else {
      throw DocumentError(.idempotencyConflict, "This idempotency key was used for a document with other bytes.")
    }
    return DocumentAcceptance(document: known.resource, isRepeat: true)
  }

  /// Writes the first upload of an id once more, after a conflicting one: compaction keeps the last record of a key, and a
  /// view made anew must find the first one's content.
  private func restore(_ row: DocumentRow) async {
    guard let upload = row.upload else { return }
    let coordinate = RecordCoordinate(
      topic: PlatformTopics.uploads, partition: row.partition, offset: upload.contentOffset)
    do {
      guard let record = try await reader.record(at: coordinate) else { return }
      _ = try await send(
        ProducerRecord(
          topic: coordinate.topic, partition: coordinate.partition, key: record.key, value: record.value,
          headers: record.headers))
    } catch {
      logger.warning("the first upload could not be written once more: \(error)", ["document": "\(row.id)"])
    }
  }

  private func record(
    of event: DocumentUploaded, source: String, upload: DocumentUpload, partition: Int32
  ) throws -> ProducerRecord {
    let id = event.documentID
    var extensions = ["partitionkey": id.description, "tenant": event.tenant]
    extensions["traceparent"] = upload.traceparent
    extensions["correlationid"] = upload.correlationID
    extensions["dataref"] = event.dataref
    let cloudEvent = CloudEvent(
      id: id.description, source: source, type: DocumentUploaded.eventType, subject: id.description, time: .now,
      dataContentType: "application/json", dataSchema: DocumentUploaded.schemaPath, extensions: extensions)
    var headers = cloudEvent.kafkaHeaders
    if let traceparent = upload.traceparent { headers.append(RecordHeader("traceparent", traceparent)) }
    return ProducerRecord(
      topic: PlatformTopics.uploads, partition: partition, key: id.key, value: try event.json(), headers: headers)
  }

  private func receipt(_ event: DocumentUploaded, _ delivery: Delivery) -> DocumentResource {
    DocumentResource(
      id: event.documentID, tenant: event.tenant, name: event.name, contentType: event.contentType, size: event.size,
      sha256: event.sha256, state: .uploaded, source: delivery.coordinate)
  }
}

extension DocumentUpload {
  /// The upload with its name cut to what may be stored.
  ///
  /// - Throws: ``DocumentError/Code/invalidUpload``.
  fileprivate func checked() throws -> DocumentUpload {
    var upload = self
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    let visible = String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }))
    // A name of dots alone is a folder to every program that takes it for a path.
    upload.name = visible.allSatisfy({ $0 == "." }) ? "document" : visible
    while upload.name.utf8.count > 512 { upload.name.removeLast() }
    if contentType.isEmpty { upload.contentType = "application/octet-stream" }
    guard contentType.utf8.count <= 255, charset?.utf8.count ?? 0 <= 64, language?.utf8.count ?? 0 <= 64 else {
      throw DocumentError(.invalidUpload, "The media type, charset or language is too long.")
    }
    let attached = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    guard metadata.count <= 64, attached <= 16 << 10 else {
      throw DocumentError(.invalidUpload, "The metadata has more than 64 entries or 16 KiB.")
    }
    guard idempotencyKey.map({ (1...255).contains($0.utf8.count) }) ?? true else {
      throw DocumentError(.invalidUpload, "An idempotency key has 1 to 255 bytes.")
    }
    return upload
  }
}
