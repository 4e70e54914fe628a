import Synchronization

/// Says once that a server is about to stop, to all who wait for it.
public final class DrainSignal: Sendable {
  private struct State {
    var began = false
    var nextWaiter = 0
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  /// A signal that has not been given.
  public init() {}

  /// Whether the signal was given.
  public var isDraining: Bool { state.withLock { $0.began } }

  /// Waits until the signal is given, or the task is cancelled.
  public func begun() async {
    let id = state.withLock { state in
      defer { state.nextWaiter += 1 }
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let now = state.withLock { state in
          if state.began || Task.isCancelled { return true }
          state.waiters[id] = continuation
          return false
        }
        if now { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
  }

  /// Gives the signal; only the first time matters.
  func begin() {
    let waiters = state.withLock { state in
      state.began = true
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume() }
  }
}
