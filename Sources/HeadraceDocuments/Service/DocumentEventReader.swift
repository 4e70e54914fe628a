internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

/// Reads a document's events out of the view, from a cursor on.
///
/// The view keeps, for each document, the upload, the steps, the outcome and the deletion with their offsets. What a
/// reader has seen of a topic is one offset, since a topic's events of one document are given out in offset order.
actor DocumentEventReader {
  private(set) var cursor: EventCursor

  private let id: DocumentID
  private let view: DocumentView
  private let watch: DocumentWatch
  private var pending: [DocumentEvent] = []
  private var reset: String?
  private var hasCaughtUp = false
  private var isFinished = false
  private static let pageSize = 256

  /// - Parameter reset: Why events are missing before the cursor, where some are.
  init(id: DocumentID, view: DocumentView, cursor: EventCursor, reset: String?) {
    self.id = id
    self.view = view
    self.cursor = cursor
    self.reset = reset
    watch = view.signals.watch(id)
  }

  func next() async throws -> DocumentEvent? {
    while true {
      if !pending.isEmpty {
        let event = pending.removeFirst()
        if let place = EventCursor(event.cursor) { cursor = place }
        return event
      }
      if isFinished { return nil }
      try Task.checkCancellation()
      if let reason = reset.take() {
        let data: JSONValue = ["documentId": .string(id.description), "reason": .string(reason)]
        return DocumentEvent(
          cursor: cursor.text, type: DocumentEvent.resetType, source: "", id: cursor.text, time: nil, data: data.bytes)
      }
      guard try await fill() else { continue }
      await watch.signal.wait()
    }
  }

  /// Reads what is new.
  ///
  /// - Returns: Whether to wait for a change.
  private func fill() async throws -> Bool {
    let store = try view.open().store
    guard let history = try await store.history(id, progressFrom: cursor.progress, limit: Self.pageSize) else {
      return true
    }
    let row = history.row
    var place = cursor
    func add(_ type: String, _ event: EventIdentity, _ data: [UInt8]) {
      pending.append(
        DocumentEvent(
          cursor: place.text, type: type, source: event.source, id: event.id, time: Date(milliseconds: event.time),
          data: data))
    }
    if let upload = row.upload, upload.offset >= place.uploads {
      place.uploads = upload.offset + 1
      add(DocumentUploaded.eventType, upload.event, upload.content.json)
    }
    for step in history.steps {
      place.progress = step.offset + 1
      add(
        DocumentProgressed.eventType, step.event,
        try DocumentProgressed(documentID: id, progress: step.progress).json())
    }
    if history.steps.count == Self.pageSize { return false }
    if let deletion = row.deletion {
      if deletion.topic == PlatformTopics.uploads { place.uploads = deletion.offset + 1 }
      let data: JSONValue = ["documentId": .string(id.description)]
      add(DocumentDeleted.eventType, deletion.event, data.bytes)
      isFinished = true
      return false
    }
    if let outcome = row.outcome {
      if outcome.offset < place.metadata {
        isFinished = true
        return false
      }
      // Steps are written before the outcome, but the view may have read the outcome's topic first: pass their end
      // before saying that nothing more comes.
      guard hasCaughtUp else {
        hasCaughtUp = true
        _ = try? await view.catchUp(
          TopicPartition(PlatformTopics.progress, row.partition), until: .now + .seconds(1))
        pending.removeAll()
        return false
      }
      place.metadata = outcome.offset + 1
      add(outcome.isEnriched ? DocumentEnriched.eventType : DocumentFailed.eventType, outcome.event, outcome.json)
      isFinished = true
      return false
    }
    return pending.isEmpty
  }
}
