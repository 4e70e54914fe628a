internal import HeadraceCore
internal import Synchronization

/// Something has changed: raised by anyone, waited for by one task. Raised while nobody waits, it is remembered once.
final class Signal: Sendable {
  private struct State {
    var isRaised = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func raise() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard let waiter = state.waiter.take() else {
        state.isRaised = true
        return nil
      }
      return waiter
    }
    waiter?.resume()
  }

  /// Returns when the signal is raised, or when the task is cancelled.
  func wait() async {
    // Cancellation before the waiter is in place is seen under the lock; afterwards the handler finds the waiter.
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isRaised || Task.isCancelled {
            state.isRaised = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
  }

  /// Returns when the signal is raised, the time has come, or the task is cancelled.
  func wait(until deadline: ContinuousClock.Instant) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
      await group.next()
      group.cancelAll()
    }
  }
}
