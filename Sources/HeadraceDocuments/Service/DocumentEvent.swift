public import FoundationEssentials

/// One thing that has happened to a document, as a stream of events gives it.
public struct DocumentEvent: Sendable, Hashable {
  /// Where to resume after this event, on any replica. Opaque.
  public let cursor: String
  /// The CloudEvents type; `reset` where events before this place have expired or belong to another log.
  public let type: String
  /// The CloudEvents source.
  public let source: String
  /// The CloudEvents id. A reader that has seen this source and id drops the event.
  public let id: String
  /// When it happened.
  public let time: Date?
  /// The event's data: one line of JSON. The text of an upload is left out.
  public let data: [UInt8]

  /// The type of the event that says that events are missing here.
  public static let resetType = "reset"
}
