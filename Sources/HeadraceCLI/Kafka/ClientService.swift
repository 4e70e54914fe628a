import HeadraceCore
import Synchronization

/// A client that runs until its work is done or a signal comes.
final class ClientService: Service {
  private let client: @Sendable () async throws -> Void
  private let wasAsked = Mutex(false)

  init(client: @escaping @Sendable () async throws -> Void) { self.client = client }

  /// Whether the end was asked for from outside, before the work was done.
  var wasAskedToEnd: Bool { wasAsked.withLock { $0 } }

  func run() async throws {
    try await client()
    let isAsked = isShuttingDownGracefully
    wasAsked.withLock { $0 = isAsked }
  }
}
