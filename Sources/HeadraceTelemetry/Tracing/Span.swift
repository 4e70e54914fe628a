/// One timed piece of work in a trace, with OpenTelemetry's names for its attributes.
public struct Span: Sendable {
  /// Its part in a conversation, as OpenTelemetry has it.
  public enum Kind: Int, Sendable {
    /// Work inside the process.
    case `internal` = 1
    /// Answers a request.
    case server = 2
    /// Makes a request.
    case client = 3
    /// Writes to a log.
    case producer = 4
    /// Reads from a log.
    case consumer = 5
  }

  /// What is done, e.g. `document.uploads process`.
  public var name: String
  /// Its part in a conversation.
  public var kind: Kind
  /// Its place in the trace.
  public var context: TraceContext
  /// The span above it, when there is one.
  public var parentSpanID: String?
  /// Attributes by OpenTelemetry's semantic conventions.
  public var attributes: [String: String]
  /// Nanoseconds since 1970.
  public var startNanoseconds: UInt64
  /// Nanoseconds since 1970; equal to the start while it runs.
  public var endNanoseconds: UInt64
  /// What went wrong, when something did.
  public var failure: String?
}
