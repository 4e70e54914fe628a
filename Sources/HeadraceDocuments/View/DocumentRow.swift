internal import HeadraceCore

/// All that the view knows of a document: the fold of its records, whatever the order in which the topics arrive.
///
/// The records of one topic come in offset order (a document is always in one partition); those of different topics
/// come in any order. Merging is such that the result does not depend on it.
struct DocumentRow: Sendable, Hashable {
  var id: DocumentID
  var partition: Int32
  var upload: Upload?
  var outcome: Outcome?
  var progress: Progress?
  var deletion: Deletion?

  struct Upload: Sendable, Hashable {
    /// The first upload of this id: it wins, and the receipt names it.
    var offset: Int64
    /// The newest record with the same content: the one that compaction keeps.
    var contentOffset: Int64
    var recordTime: Int64
    var event: EventIdentity
    var content: ViewRecord.Upload
  }

  struct Outcome: Sendable, Hashable {
    var isEnriched: Bool
    var offset: Int64
    var event: EventIdentity
    var json: [UInt8]
    var textReference: String?
  }

  struct Progress: Sendable, Hashable {
    var offset: Int64
    var step: DocumentProgress
  }

  struct Deletion: Sendable, Hashable {
    /// In the topic of uploads, or of metadata where that tombstone came first.
    var topic: String
    var offset: Int64
    var event: EventIdentity
  }

  init(id: DocumentID, partition: Int32) {
    self.id = id
    self.partition = partition
  }

  var state: DocumentState {
    if deletion != nil { return .deleted }
    if let outcome { return outcome.isEnriched ? .enriched : .failed }
    return progress == nil ? .uploaded : .processing
  }

  /// Takes a record in. The same record twice changes nothing.
  ///
  /// - Returns: Whether something changed.
  mutating func merge(_ record: ViewRecord) -> Bool {
    let offset = record.coordinate.offset
    switch record.content {
    case .deleted:
      let isUploads = record.coordinate.topic == PlatformTopics.uploads
      if let deletion, deletion.topic == PlatformTopics.uploads || !isUploads { return false }
      // Deleted is deleted: nothing of the content stays.
      (upload, outcome, progress) = (nil, nil, nil)
      deletion = Deletion(topic: record.coordinate.topic, offset: offset, event: record.event)
      return true
    case _ where deletion != nil:
      return false
    case .uploaded(let content):
      guard var known = upload else {
        upload = Upload(
          offset: offset, contentOffset: offset, recordTime: record.recordTime, event: record.event, content: content)
        return true
      }
      guard offset > known.contentOffset, content.sha256 == known.content.sha256 else { return false }
      known.contentOffset = offset
      known.content.isInline = content.isInline
      upload = known
      return true
    case .enriched(let json, let textReference):
      return merge(
        Outcome(isEnriched: true, offset: offset, event: record.event, json: json, textReference: textReference))
    case .failed(let json, let textReference):
      return merge(
        Outcome(isEnriched: false, offset: offset, event: record.event, json: json, textReference: textReference))
    case .progressed(let step):
      guard offset > progress?.offset ?? -1 else { return false }
      progress = Progress(offset: offset, step: step)
      return true
    }
  }

  private mutating func merge(_ new: Outcome) -> Bool {
    guard new.offset > outcome?.offset ?? -1 else { return false }
    outcome = new
    return true
  }

  /// The document as a reader sees it.
  var resource: DocumentResource {
    let parsed = outcome.flatMap { try? JSONValue(parsing: $0.json) }
    let facts = upload?.content
    return DocumentResource(
      id: id, tenant: facts?.tenant ?? "default", name: facts?.name ?? parsed?["name"]?.string ?? "",
      contentType: facts?.contentType ?? parsed?["contentType"]?.string ?? "application/octet-stream",
      size: facts?.size ?? parsed?["size"]?.int ?? 0, sha256: facts?.sha256 ?? parsed?["sha256"]?.string ?? "",
      state: state,
      source: upload.map { RecordCoordinate(topic: PlatformTopics.uploads, partition: partition, offset: $0.offset) },
      uploadedAt: upload.map { .init(milliseconds: $0.recordTime) },
      progress: state == .processing ? progress?.step : nil,
      metadata: outcome?.isEnriched == true ? parsed : nil,
      error: outcome?.isEnriched == false ? parsed?["error"].map(DocumentFailure.init(json:)) : nil,
      outcome: outcome.map {
        RecordCoordinate(topic: PlatformTopics.metadata, partition: partition, offset: $0.offset)
      })
  }
}

extension DocumentFailure {
  init(json: JSONValue) {
    self.init(
      reason: json["reason"]?.string ?? "unknown", title: json["title"]?.string ?? "",
      detail: json["detail"]?.string ?? "")
  }
}
