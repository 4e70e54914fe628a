internal import HeadraceCore
internal import HeadraceKafka

/// A record of the document topics, read for the view.
struct ViewRecord: Sendable, Hashable {
  var document: DocumentID
  var coordinate: RecordCoordinate
  /// When the log took the record, in milliseconds since 1970.
  var recordTime: Int64
  var event: EventIdentity
  var content: Content

  enum Content: Sendable, Hashable {
    case uploaded(Upload)
    case enriched(json: [UInt8], textReference: String?)
    case failed(json: [UInt8], textReference: String?)
    case progressed(DocumentProgress)
    case deleted
  }

  struct Upload: Sendable, Hashable {
    var tenant: String
    var name: String
    var contentType: String
    var size: Int64
    var sha256: String
    var isInline: Bool
    /// The event's data without the text.
    var json: [UInt8]
  }

  /// Why a record is passed over.
  enum Unreadable: Error, CustomStringConvertible {
    case key
    case type(String)
    case data(String)

    var description: String {
      switch self {
      case .key: "its key is no document id"
      case .type(let type): "its type \"\(type)\" is not known here"
      case .data(let what): what
      }
    }
  }

  /// Reads a record.
  ///
  /// - Throws: ``Unreadable``: such a record changes nothing.
  init(
    coordinate: RecordCoordinate, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader], timeMilliseconds: Int64
  ) throws(Unreadable) {
    guard let document = DocumentID(key: key) else { throw .key }
    self.document = document
    self.coordinate = coordinate
    recordTime = timeMilliseconds
    // A tombstone counts whoever wrote it and whatever its headers say.
    let attributes = try? CloudEvent(kafkaHeaders: headers, value: nil)
    event = EventIdentity(
      source: attributes?.source ?? "", id: attributes?.id ?? coordinate.description,
      time: attributes?.time?.milliseconds ?? timeMilliseconds)
    guard let value else {
      content = .deleted
      return
    }
    guard let attributes else { throw .data("it is no CloudEvent") }
    let json: JSONValue
    do { json = try JSONValue(parsing: value) } catch { throw .data("its data is \(error)") }
    switch attributes.type {
    case DocumentUploaded.eventType: content = .uploaded(try ViewRecord.upload(json))
    case DocumentEnriched.eventType:
      content = .enriched(json: json.bytes, textReference: json["extraction"]?["textRef"]?.string)
    case DocumentFailed.eventType:
      guard json["error"]?["reason"]?.string != nil else { throw .data("it names no reason") }
      content = .failed(json: json.bytes, textReference: json["extraction"]?["textRef"]?.string)
    case DocumentProgressed.eventType: content = .progressed(try ViewRecord.progress(json))
    default: throw .type(attributes.type)
    }
  }

  init(_ record: ConsumerRecord) throws(Unreadable) {
    try self.init(
      coordinate: record.coordinate, key: record.key, value: record.value, headers: record.headers,
      timeMilliseconds: record.timestampMilliseconds ?? 0)
  }

  private static func upload(_ json: JSONValue) throws(Unreadable) -> Upload {
    guard let size = json["size"]?.int, let sha256 = json["sha256"]?.string else {
      throw .data("size or sha256 is missing")
    }
    var withoutText = json
    withoutText["text"] = nil
    return Upload(
      tenant: json["tenant"]?.string ?? "default", name: json["name"]?.string ?? "",
      contentType: json["contentType"]?.string ?? "application/octet-stream", size: size, sha256: sha256,
      isInline: json["text"]?.string != nil, json: withoutText.bytes)
  }

  private static func progress(_ json: JSONValue) throws(Unreadable) -> DocumentProgress {
    guard let stage = json["stage"]?.string.flatMap(DocumentProgress.Stage.init), let done = json["done"]?.int,
      let total = json["total"]?.int
    else { throw .data("stage, done or total is missing") }
    return DocumentProgress(stage: stage, done: Int(clamping: done), total: Int(clamping: total))
  }
}
