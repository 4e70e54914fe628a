import HeadraceTelemetry

extension Configuration {
  /// Sets the process's logging up as configured: lines on standard error.
  public func setUpLogging() {
    LoggingSystem.bootstrap(
      level: LogLevel(rawValue: requiredString(.telemetryLogLevel)) ?? .info,
      handler: StreamLogHandler(format: StreamLogHandler.Format(rawValue: requiredString(.telemetryLogFormat)) ?? .text)
    )
  }

  /// The data folder's path.
  public var dataFolderPath: String { requiredString(.dataFolder) }

  /// Seconds that a graceful end may take.
  public var shutdownSeconds: Int { requiredInt(.shutdownSeconds) }
}
