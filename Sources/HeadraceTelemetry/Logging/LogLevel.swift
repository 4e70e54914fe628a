/// How much a log line matters, from the chattiest to the gravest; the levels of swift-log.
public enum LogLevel: String, Sendable, Comparable, CaseIterable, Codable {
  /// Every step; only for someone who follows one request.
  case trace
  /// What a developer wants while debugging.
  case debug
  /// What an operator may want to know.
  case info
  /// Not an error, worth a look.
  case notice
  /// Something is off and the system copes.
  case warning
  /// An operation failed.
  case error
  /// The process, or a promise it makes, is in danger.
  case critical

  private var rank: Int {
    switch self {
    case .trace: 0
    case .debug: 1
    case .info: 2
    case .notice: 3
    case .warning: 4
    case .error: 5
    case .critical: 6
    }
  }

  /// Orders levels by gravity.
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}
