/// One line of a log, before a handler gives it a form.
public struct LogRecord: Sendable {
  /// How much it matters.
  public var level: LogLevel
  /// Who speaks, e.g. `headrace.gateway`.
  public var label: String
  /// The sentence.
  public var message: String
  /// Fields: the logger's own, overlaid by the call's.
  public var metadata: [String: String]

  /// Makes a record.
  public init(level: LogLevel, label: String, message: String, metadata: [String: String]) {
    self.level = level
    self.label = label
    self.message = message
    self.metadata = metadata
  }
}
