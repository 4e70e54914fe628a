internal import HeadraceTelemetry

/// A body that is being written: all that is left of a request once its answer has begun.
final class HTTPProduction: Sendable {
  private let writer: HTTPBodyWriter
  private let path: String
  private let send: @Sendable (HTTPExchange.Message) -> Void
  private let logger: Logger
  private let body: @Sendable (HTTPBodyWriter) async throws -> Void

  init(
    writer: HTTPBodyWriter, path: String, send: @escaping @Sendable (HTTPExchange.Message) -> Void, logger: Logger,
    body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) {
    self.writer = writer
    self.path = path
    self.send = send
    self.logger = logger
    self.body = body
  }

  /// Writes the body to its end, or lets the connection show that it has none.
  func run() async {
    do {
      try await body(writer)
      send(.end)
    } catch {
      if !(error is HTTPConnectionClosed), !(error is CancellationError) {
        logger.warning("a body broke off", ["path": path, LogKeys.error: "\(error)"])
      }
      send(.fail)
    }
  }
}
