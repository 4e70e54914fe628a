internal import HeadraceCore
internal import Synchronization

/// Lets so many records a second through, evenly.
final class ReplayPace: Sendable {
  private let interval: Duration
  private let next = Mutex(MonotonicTime.now)

  init(perSecond: Double) { interval = .seconds(1) / max(perSecond, 0.001) }

  func wait() async throws {
    let now = MonotonicTime.now
    let turn = next.withLock { next in
      // What was not used in the last second is gone.
      if now - next > .seconds(1) { next = now }
      defer { next = next + interval }
      return next
    }
    if turn > now { try await Task.sleep(for: turn - now) }
  }
}
