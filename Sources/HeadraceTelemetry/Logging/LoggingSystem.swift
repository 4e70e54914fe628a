import Synchronization

/// The process's log destination and threshold. Text on standard error at `info` until ``bootstrap(level:handler:)``.
public enum LoggingSystem {
  private struct State {
    var level: LogLevel = .info
    var handler: any LogHandler = StreamLogHandler(format: .text)
  }

  private static let state = Mutex(State())

  /// Sets threshold and destination for every logger that has none of its own, from now on. Any thread.
  public static func bootstrap(level: LogLevel, handler: any LogHandler) {
    state.withLock { $0 = State(level: level, handler: handler) }
  }

  /// The threshold in force.
  public static var level: LogLevel { state.withLock { $0.level } }

  /// The destination in force.
  static var handler: any LogHandler { state.withLock { $0.handler } }
}
