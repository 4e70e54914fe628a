import HeadraceCore

/// Says once that everything is ready, then rests until the end.
struct Announcement: Service {
  let announce: @Sendable () async throws -> Void

  init(_ announce: @escaping @Sendable () async throws -> Void) { self.announce = announce }

  func run() async throws {
    try await cancelOnGracefulShutdown { [announce] in
      do {
        try await announce()
        try await gracefulShutdown()
      } catch is CancellationError {}
    }
  }
}
