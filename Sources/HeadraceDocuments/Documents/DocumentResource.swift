public import FoundationEssentials
public import HeadraceCore

/// A document as a reader sees it: the resource of the HTTP API.
public struct DocumentResource: Sendable, Hashable {
  /// The document.
  public var id: DocumentID
  /// Whose it is.
  public var tenant: String
  /// Its name as uploaded.
  public var name: String
  /// Its media type as declared.
  public var contentType: String
  /// Its length in bytes.
  public var size: Int64
  /// SHA-256 of its bytes, in hexadecimal.
  public var sha256: String
  /// How far it has come.
  public var state: DocumentState
  /// The record of its upload; nil only where the log no longer has it.
  public var source: RecordCoordinate?
  /// When the log took its upload.
  public var uploadedAt: Date?
  /// The step that the enricher has reached, while it works.
  public var progress: DocumentProgress?
  /// The enriched event's data.
  public var metadata: JSONValue?
  /// Why it could not be enriched.
  public var error: DocumentFailure?
  /// The record that holds the metadata or the failure.
  public var outcome: RecordCoordinate?

  /// True when nothing more happens by itself.
  public var isFinished: Bool { state.isFinished }

  /// A strong entity tag, quotes included; equal on every replica that has come equally far.
  public var etag: String {
    let parts = [
      id.description, state.rawValue, source?.description ?? "", outcome?.description ?? "",
      progress.map { "\($0.stage.rawValue) \($0.done) \($0.total)" } ?? "",
    ]
    return "\"\(SHA256.hash(parts.joined(separator: "|")).hex.prefix(32))\""
  }

  /// The resource as JSON.
  public func json() -> [UInt8] { jsonValue.bytes }

  /// The resource as JSON, in the order in which a person reads it.
  public var jsonValue: JSONValue {
    var members: [JSONValue.Member] = [
      .init("id", .string(id.description)),
      .init("name", .string(name)),
      .init("contentType", .string(contentType)),
      .init("size", .int(size)),
      .init("sha256", .string(sha256)),
      .init("state", .string(state.rawValue)),
    ]
    func add(_ name: String, _ value: JSONValue?) {
      if let value { members.append(.init(name, value)) }
    }
    add(
      "source",
      source.map {
        ["topic": .string($0.topic), "partition": .int(Int64($0.partition)), "offset": .int($0.offset)]
      })
    add("uploadedAt", uploadedAt.map { .string($0.rfc3339) })
    add(
      "progress",
      progress.map {
        ["stage": .string($0.stage.rawValue), "done": .int(Int64($0.done)), "total": .int(Int64($0.total))]
      })
    add("metadata", metadata)
    add(
      "error",
      error.map { ["reason": .string($0.reason), "title": .string($0.title), "detail": .string($0.detail)] })
    let path = "/v1/documents/\(id)"
    add(
      "links",
      [
        "self": .string(path), "events": .string("\(path)/events"), "content": .string("\(path)/content"),
        "text": .string("\(path)/text"),
      ])
    return .object(members)
  }
}

extension DocumentResource: Encodable {
  /// Writes the resource of the HTTP API.
  public func encode(to encoder: any Encoder) throws { try jsonValue.encode(to: encoder) }
}
