internal import Synchronization

/// Lets one task in at a time, in the order of their coming.
final class Turns: Sendable {
  private struct State {
    var isTaken = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func withTurn<Result: Sendable>(_ body: @Sendable () async throws -> Result) async rethrows -> Result {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.isTaken {
          state.waiters.append(continuation)
          return false
        }
        state.isTaken = true
        return true
      }
      if isFree { continuation.resume() }
    }
    defer {
      let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
        if state.waiters.isEmpty {
          state.isTaken = false
          return nil
        }
        return state.waiters.removeFirst()
      }
      next?.resume()
    }
    return try await body()
  }
}
