public import HeadraceCore
internal import HeadraceTelemetry
import Glibc
import Synchronization

/// An HTTP/1.1 server on a thread of its own, with a strict codec and bounds on everything.
///
/// ```swift
/// var router = Router()
/// router.get("/hello/{name}") { request in .text("Hello, \(try request.parameter("name"))!\n") }
/// let server = HTTPServer(configuration: HTTPServerConfiguration(port: 8080), router: router)
/// try await server.run()
/// ```
/// Each request is handled in a task of its own, which is cancelled when the client hangs up. A graceful shutdown
/// drains: no more connections, answers end their connections, event streams are told to come again; what takes longer
/// than `drainTimeout` is cut. Cancelling `run` stops at once.
public final class HTTPServer: Service {
  private enum State {
    case new([CheckedContinuation<Int, any Error>])
    case listening(port: Int, HTTPServerLoop)
    case failed(any Error)
  }

  private let configuration: HTTPServerConfiguration
  private let router: Router
  private let state = Mutex(State.new([]))

  /// A server that listens once it runs. Any thread.
  public init(configuration: HTTPServerConfiguration = HTTPServerConfiguration(), router: Router) {
    self.configuration = configuration
    self.router = router
  }

  /// Listens and serves until drained or cancelled. Throws when the address cannot be bound. Runs once.
  public func run() async throws {
    // A client that closes early must not end the process.
    _ = signal(SIGPIPE, SIG_IGN)
    let server = try start()
    await withTaskCancellationHandler {
      await withGracefulShutdownHandler {
        await server.loop.ended()
      } onGracefulShutdown: {
        server.loop.execute { server.drain() }
      }
    } onCancel: {
      server.loop.execute { server.stop() }
    }
    server.logger.debug("stopped")
  }

  private func start() throws -> HTTPServerLoop {
    var made: HTTPServerLoop?
    do {
      let server = try HTTPServerLoop(configuration: configuration, router: router)
      made = server
      let port = try server.listen()
      settle(.listening(port: port, server), .success(port))
      server.logger.debug("listening", ["address": "\(configuration.host):\(port)"])
      server.loop.start(name: "http-loop")
      return server
    } catch {
      settle(.failed(error), .failure(error))
      // A loop gives back what it holds by running to its end.
      made?.loop.stop()
      made?.loop.start(name: "http-loop")
      throw error
    }
  }

  /// The port it listens on; waits until it does. Throws what kept it from listening.
  public func boundPort() async throws -> Int {
    try await withCheckedThrowingContinuation { continuation in
      let result = state.withLock { state -> Result<Int, any Error>? in
        switch state {
        case .new(var waiters):
          waiters.append(continuation)
          state = .new(waiters)
          return nil
        case .listening(let port, _): return .success(port)
        case .failed(let error): return .failure(error)
        }
      }
      if let result { continuation.resume(with: result) }
    }
  }

  /// Begins to drain; `run` returns when it is done. Any thread.
  public func drain() {
    guard case .listening(_, let server) = state.withLock({ $0 }) else { return }
    server.loop.execute { server.drain() }
  }

  private func settle(_ next: State, _ result: Result<Int, any Error>) {
    let waiters = state.withLock { state -> [CheckedContinuation<Int, any Error>] in
      defer { state = next }
      guard case .new(let waiters) = state else { preconditionFailure("a server runs once") }
      return waiters
    }
    for waiter in waiters { waiter.resume(with: result) }
  }
}

/// Runs a server, lends it with its port, and stops it, also when `body` throws.
public func withHTTPServer<R: Sendable>(
  _ router: Router, configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
  _ body: @Sendable (HTTPServer, Int) async throws -> R
) async throws -> R {
  let server = HTTPServer(configuration: configuration, router: router)
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await server.run() }
    let result: R
    do {
      result = try await body(server, try await server.boundPort())
    } catch {
      group.cancelAll()
      throw error
    }
    group.cancelAll()
    try await group.waitForAll()
    return result
  }
}
