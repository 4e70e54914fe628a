/// Something that runs long: a server, a consumer, a processor. The shape of swift-service-lifecycle's `Service`.
///
/// ``run()`` returns after a graceful shutdown was asked for (see ``gracefulShutdown()`` and
/// ``withGracefulShutdownHandler(operation:onGracefulShutdown:)``) and what had to be finished is finished, or throws
/// when it can't go on. Cancellation of its task means: stop now.
public protocol Service: Sendable {
  /// Runs until shut down.
  func run() async throws
}
