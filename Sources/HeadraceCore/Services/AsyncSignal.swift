internal import Synchronization

/// A flag that one task waits for: raised any number of times, by anyone, it wakes the waiter once and is down again.
package final class AsyncSignal: Sendable {
  private struct State {
    var isRaised = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// A signal that is down.
  package init() {}

  /// Wakes the waiter, or lets the next `wait` pass at once.
  package func raise() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard let waiter = state.waiter.take() else {
        state.isRaised = true
        return nil
      }
      return waiter
    }
    waiter?.resume()
  }

  /// Waits until raised or cancelled. One waiter at a time.
  package func wait() async {
    // Cancellation before the waiter is in place is seen under the lock; afterwards the handler finds the waiter.
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
      state.withLock { $0.waiter.take() }?.resume()
    }
  }

  /// Waits until raised or cancelled, or until the time has come. One waiter at a time.
  package func wait(until deadline: ContinuousClock.Instant) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
      await group.next()
      group.cancelAll()
    }
  }
}
