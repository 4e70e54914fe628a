/// Writes log records; a value, copied freely, with the shape of swift-log's `Logger`.
///
/// ```swift
/// var logger = Logger(label: "headrace.enricher")
/// logger[metadataKey: LogKeys.topic] = "document.uploads"
/// logger.info("assigned", [LogKeys.partition: "3"])
/// ```
public struct Logger: Sendable {
  /// Who speaks, e.g. `headrace.gateway`.
  public var label: String
  /// Fields on every record of this logger.
  public var metadata: [String: String] = [:]

  private var ownLevel: LogLevel?
  private var ownHandler: (any LogHandler)?

  /// A logger that writes where ``LoggingSystem`` says.
  public init(label: String) { self.label = label }

  /// A logger with a destination and threshold of its own.
  public init(label: String, level: LogLevel, handler: any LogHandler) {
    self.label = label
    self.ownLevel = level
    self.ownHandler = handler
  }

  /// The lowest level that is written.
  public var level: LogLevel {
    get { ownLevel ?? LoggingSystem.level }
    set { ownLevel = newValue }
  }

  /// One of the fields on every record of this logger.
  public subscript(metadataKey key: String) -> String? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes a record when `level` passes the threshold; neither argument is evaluated otherwise.
  public func log(
    _ level: LogLevel, _ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]
  ) {
    guard level >= self.level else { return }
    let fields = self.metadata.merging(metadata()) { $1 }
    (ownHandler ?? LoggingSystem.handler).log(
      LogRecord(level: level, label: label, message: message(), metadata: fields))
  }

  /// Writes at `trace`.
  public func trace(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.trace, message(), metadata())
  }

  /// Writes at `debug`.
  public func debug(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.debug, message(), metadata())
  }

  /// Writes at `info`.
  public func info(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.info, message(), metadata())
  }

  /// Writes at `notice`.
  public func notice(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.notice, message(), metadata())
  }

  /// Writes at `warning`.
  public func warning(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.warning, message(), metadata())
  }

  /// Writes at `error`.
  public func error(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.error, message(), metadata())
  }

  /// Writes at `critical`.
  public func critical(_ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]) {
    log(.critical, message(), metadata())
  }
}
