/// The names of log fields that more than one module uses, so that one search finds them all.
public enum LogKeys {
  /// A topic's name.
  public static let topic = "topic"
  /// A partition's number.
  public static let partition = "partition"
  /// A record's offset.
  public static let offset = "offset"
  /// A consumer group's id.
  public static let group = "group"
  /// A document's id.
  public static let documentID = "documentId"
  /// A processor's name.
  public static let processor = "processor"
  /// What went wrong.
  public static let error = "error"
  /// How long it took, in milliseconds.
  public static let milliseconds = "ms"
  /// The `trace-id` of the W3C trace context.
  public static let traceID = "traceId"
}
