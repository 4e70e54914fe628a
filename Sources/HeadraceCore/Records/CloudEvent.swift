public import FoundationEssentials

/// An event by the CloudEvents 1.0 specification.
public struct CloudEvent: Sendable, Hashable {
  /// With ``source``, unique: a reader drops repeats by the pair.
  public var id: String
  /// Who made it (a URI reference).
  public var source: String
  /// What happened, e.g. `headrace.document.enriched.v1`.
  public var type: String
  /// What it is about, e.g. a document's id.
  public var subject: String?
  /// When it happened; written with milliseconds.
  public var time: Date?
  /// The media type of ``data``.
  public var dataContentType: String?
  /// The schema of ``data`` (a URI reference).
  public var dataSchema: String?
  /// Extension attributes: lowercase letters and digits in the name.
  public var extensions: [String: String]
  /// The content; nil makes a tombstone of the record.
  public var data: [UInt8]?

  /// Makes an event.
  public init(
    id: String, source: String, type: String, subject: String? = nil, time: Date? = nil,
    dataContentType: String? = nil, dataSchema: String? = nil, extensions: [String: String] = [:],
    data: [UInt8]? = nil
  ) {
    self.id = id
    self.source = source
    self.type = type
    self.subject = subject
    self.time = time
    self.dataContentType = dataContentType
    self.dataSchema = dataSchema
    self.extensions = extensions
    self.data = data
  }
}
