internal import Synchronization

/// A flag that one task waits for: raised any number of times, it wakes the waiter once and is down again.
final class AsyncSignal: Sendable {
  private struct State {
    var isRaised = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Wakes the waiter, or lets the next `wait` pass at once.
  func raise() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard let waiter = state.waiter else {
        state.isRaised = true
        return nil
      }
      state.waiter = nil
      return waiter
    }
    waiter?.resume()
  }

  /// Waits until raised or cancelled. One waiter at a time.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let passes = state.withLock { state -> Bool in
          if state.isRaised || Task.isCancelled {
            state.isRaised = false
            return true
          }
          precondition(state.waiter == nil, "one waiter at a time")
          state.waiter = continuation
          return false
        }
        if passes { continuation.resume() }
      }
    } onCancel: {
      raise()
    }
  }
}
