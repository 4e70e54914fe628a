internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

// Looking at documents.
extension DocumentService {
  /// A document. One that is not known is waited for until the view has passed the end of the log as of now: what any
  /// replica has acknowledged is found.
  ///
  /// - Throws: ``DocumentError/Code/notFound``; ``DocumentError/Code/viewBehind`` when the log was not read in time. A
  ///   document that was deleted is returned with that state.
  public func get(_ id: DocumentID) async throws -> DocumentResource { try await row(id).resource }

  /// A document when it is finished, or as it is when the time is over.
  public func wait(for id: DocumentID, timeout: Duration) async throws -> DocumentResource {
    let deadline = ContinuousClock.now + timeout
    return try await wait(for: get(id), timeout: deadline - .now)
  }

  /// A document when it is finished, or as it is when the time is over. The caller has it from an upload or a look: it need
  /// not be in the view yet, and the log is not asked for its end.
  public func wait(for document: DocumentResource, timeout: Duration) async throws -> DocumentResource {
    let deadline = ContinuousClock.now + timeout
    let watch = view.signals.watch(document.id)
    var document = document
    while true {
      if let row = try await view.open().store.row(document.id) { document = row.resource }
      guard !document.isFinished, ContinuousClock.now < deadline else { return document }
      await watch.signal.wait(until: deadline)
      try Task.checkCancellation()
    }
  }

  /// A page of documents, in the order in which the log took them.
  ///
  /// - Throws: ``DocumentError/Code/invalidCursor``.
  public func list(_ query: DocumentQuery) async throws -> DocumentPage {
    var query = query
    query.limit = min(max(query.limit, 1), 500)
    var place: ListCursor?
    if let text = query.cursor {
      guard let cursor = ListCursor(text) else {
        throw DocumentError(.invalidCursor, "\"\(text)\" is no cursor of a listing.")
      }
      place = cursor
    }
    if query.state == .deleted { return DocumentPage(documents: [], next: nil) }
    var rows = try await view.open().store.list(query, after: place)
    var next: String?
    if rows.count > query.limit {
      rows.removeLast(rows.count - query.limit)
      if let last = rows.last, let upload = last.upload {
        next = ListCursor(time: upload.recordTime, id: last.id).text
      }
    }
    return DocumentPage(documents: rows.map(\.resource), next: next)
  }

  /// A document's bytes as they came.
  ///
  /// - Parameters:
  ///   - id: The document.
  ///   - range: The part wanted; nil for all. It is cut at the end of the content.
  /// - Throws: ``DocumentError/Code/deleted``, ``DocumentError/Code/contentUnavailable``,
  ///   ``DocumentError/Code/rangeUnsatisfiable``.
  public func content(of id: DocumentID, range: Range<Int64>? = nil) async throws -> DocumentContent {
    let row = try await undeleted(id)
    guard let upload = row.upload else {
      throw DocumentError(.contentUnavailable, "The log no longer has the upload of this document.")
    }
    return try await content(of: row, upload: upload, range: range, contentType: upload.content.contentType)
  }

  /// A document's text, in UTF-8.
  ///
  /// - Throws: ``DocumentError/Code/textNotReady`` until it was extracted, ``DocumentError/Code/textUnavailable`` where it
  ///   could not be.
  public func text(of id: DocumentID) async throws -> DocumentContent {
    let type = "text/plain; charset=utf-8"
    let row = try await undeleted(id)
    guard let outcome = row.outcome else {
      throw DocumentError(.textNotReady, "The text has not been extracted yet.")
    }
    if let reference = outcome.textReference.flatMap(BlobReference.init) {
      return try await content(of: reference, name: row.resource.name, range: nil, contentType: type)
    }
    guard outcome.isEnriched, let upload = row.upload else {
      throw DocumentError(.textUnavailable, "No text could be extracted from this document.")
    }
    return try await content(of: row, upload: upload, range: nil, contentType: type)
  }

  /// What has happened to a document and what happens, until it is finished.
  ///
  /// - Throws: ``DocumentError/Code/notFound``, ``DocumentError/Code/deleted``, ``DocumentError/Code/invalidCursor``.
  public func events(of id: DocumentID, from start: DocumentEventStart) async throws -> DocumentEventStream {
    var row = try await undeleted(id)
    let (store, log) = try view.open()
    let topic = TopicPartition(PlatformTopics.progress, row.partition)
    let began = try await store.origin().positions[topic]?.start ?? 0
    var cursor = EventCursor(clusterID: log.clusterID, partition: row.partition)
    cursor.progress = began
    var reset: String?
    switch start {
    case .start: break
    case .now:
      if let upload = row.upload { cursor.uploads = upload.contentOffset + 1 }
      if let outcome = row.outcome { cursor.metadata = outcome.offset + 1 }
      if let progress = row.progress { cursor.progress = progress.offset + 1 }
    case .time(let time):
      let limit = time.milliseconds
      if let upload = row.upload, upload.event.time < limit { cursor.uploads = upload.offset + 1 }
      if let outcome = row.outcome, outcome.event.time < limit { cursor.metadata = outcome.offset + 1 }
      while let history = try await store.history(id, progressFrom: cursor.progress, limit: 256) {
        row = history.row
        let before = history.steps.prefix { $0.event.time < limit }
        guard let last = before.last else { break }
        cursor.progress = last.offset + 1
        if before.count < 256 { break }
      }
    case .cursor(let text):
      guard let given = EventCursor(text) else {
        throw DocumentError(.invalidCursor, "\"\(text)\" is no cursor of a document's events.")
      }
      if given.cluster != cursor.cluster || given.partition != cursor.partition {
        reset = "other_log"
      } else {
        if given.progress < began { reset = "expired" }
        cursor = given
        cursor.progress = max(given.progress, began)
      }
    }
    return DocumentEventStream(reader: DocumentEventReader(id: id, view: view, cursor: cursor, reset: reset))
  }

  // MARK: Helpers

  /// The row of a document, read-your-writes.
  func row(_ id: DocumentID) async throws -> DocumentRow {
    let store = try view.open().store
    let known = try await store.row(id)
    if let known, known.upload != nil || known.deletion != nil { return known }
    let partition = try known?.partition ?? partition(of: id)
    let isPassed: Bool
    do {
      isPassed = try await view.catchUp(
        TopicPartition(PlatformTopics.uploads, partition), until: .now + configuration.readYourWritesTimeout)
    } catch let error as KafkaError {
      throw DocumentError(.viewBehind, "The log could not be asked for its end: \(error)")
    }
    if let row = try await store.row(id) { return row }
    guard isPassed else {
      throw DocumentError(.viewBehind, "The view has not come to the end of the log in time; try again.")
    }
    throw DocumentError(.notFound, "There is no document \(id).")
  }

  func undeleted(_ id: DocumentID) async throws -> DocumentRow {
    let row = try await row(id)
    guard row.deletion == nil else { throw DocumentError(.deleted, "The document \(id) was deleted.") }
    return row
  }

  private func content(
    of row: DocumentRow, upload: DocumentRow.Upload, range: Range<Int64>?, contentType: String
  ) async throws -> DocumentContent {
    let facts = upload.content
    guard facts.isInline else {
      guard let digest = SHA256.Digest(hex: facts.sha256) else {
        throw DocumentError(.contentUnavailable, "The upload names no valid SHA-256.")
      }
      return try await content(
        of: BlobReference(digest: digest), name: facts.name, range: range, contentType: contentType)
    }
    let coordinate = RecordCoordinate(
      topic: PlatformTopics.uploads, partition: row.partition, offset: upload.contentOffset)
    guard let record = try await reader.record(at: coordinate), record.key == row.id.key,
      let text = record.value.flatMap({ try? JSONValue(parsing: $0) })?["text"]?.string
    else {
      throw DocumentError(.contentUnavailable, "The log no longer has the content of this document.")
    }
    let bytes = Array(text.utf8)
    let part = try DocumentService.cut(range, to: Int64(bytes.count))
    return DocumentContent(
      contentType: contentType, name: facts.name, size: Int64(bytes.count), sha256: facts.sha256, range: part,
      chunks: BlobChunks(bytes: Array(bytes[Int(part.lowerBound)..<Int(part.upperBound)])))
  }

  private func content(
    of blob: BlobReference, name: String, range: Range<Int64>?, contentType: String
  ) async throws -> DocumentContent {
    do {
      guard let size = try await blobs.size(of: blob) else {
        throw DocumentError(.contentUnavailable, "The blob store no longer has \(blob).")
      }
      let part = try DocumentService.cut(range, to: size)
      return DocumentContent(
        contentType: contentType, name: name, size: size, sha256: blob.digest.hex, range: part,
        chunks: try await blobs.read(blob, range: range == nil ? nil : part))
    } catch { throw DocumentError.about(error) }
  }

  private static func cut(_ range: Range<Int64>?, to size: Int64) throws -> Range<Int64> {
    guard let range else { return 0..<size }
    guard range.lowerBound >= 0, range.lowerBound < size || (size == 0 && range.lowerBound == 0) else {
      throw DocumentError(.rangeUnsatisfiable, "The content has \(size) bytes.")
    }
    return range.lowerBound..<min(range.upperBound, size)
  }
}
