internal import Synchronization

/// Lets one task at a time through, in the order of arrival; its holder may wait.
final class AsyncLock: Sendable {
  private struct State {
    var isHeld = false
    var waiters = RingQueue<CheckedContinuation<Void, Never>>()
  }

  private let state = Mutex(State())

  /// Runs `body` while holding the lock.
  nonisolated(nonsending) func withLock<Result>(
    _ body: nonisolated(nonsending) () async throws -> Result
  ) async rethrows -> Result {
    await lock()
    defer { unlock() }
    return try await body()
  }

  private func lock() async {
    await withCheckedContinuation { continuation in
      let passes = state.withLock { state -> Bool in
        if state.isHeld {
          state.waiters.append(continuation)
          return false
        }
        state.isHeld = true
        return true
      }
      if passes { continuation.resume() }
    }
  }

  private func unlock() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      let next = state.waiters.popFirst()
      if next == nil { state.isHeld = false }
      return next
    }
    next?.resume()
  }
}
