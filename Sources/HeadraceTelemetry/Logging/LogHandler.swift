/// Where log records go. Called on whichever thread logs, so it must not block for long.
///
/// A bridge to swift-log is one type: `func log(_ record:)` forwards level, message and metadata to a `Logging.Logger`.
public protocol LogHandler: Sendable {
  /// Takes one record whose level has already passed the logger's threshold.
  func log(_ record: LogRecord)
}
