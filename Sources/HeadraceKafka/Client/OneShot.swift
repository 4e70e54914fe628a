internal import Synchronization

/// A value that is set once, by whoever comes first, and awaited once.
final class OneShot<Value: Sendable>: Sendable {
  @safe private enum State {
    case empty
    case waiting(UnsafeContinuation<Value, Never>)
    case full(Value)
    case done
  }

  private let state = Mutex(State.empty)

  /// Whether it has been set.
  var isSet: Bool {
    state.withLock { state in
      switch state {
      case .empty, .waiting: false
      case .full, .done: true
      }
    }
  }

  /// Sets the value unless it is set already; returns whether it did.
  @discardableResult
  func resume(returning value: Value) -> Bool {
    let (won, waiter) = unsafe state.withLock { state -> (Bool, UnsafeContinuation<Value, Never>?) in
      switch state {
      case .empty:
        state = .full(value)
        return (true, nil)
      case .waiting(let waiter):
        state = .done
        return unsafe (true, waiter)
      case .full, .done: return (false, nil)
      }
    }
    unsafe waiter?.resume(returning: value)
    return won
  }

  /// Waits for the value.
  func value() async -> Value {
    unsafe await withUnsafeContinuation { continuation in
      let value = state.withLock { state -> Value? in
        switch state {
        case .full(let value):
          state = .done
          return value
        case .empty:
          unsafe state = .waiting(continuation)
          return nil
        case .waiting, .done: preconditionFailure("a one-shot value is awaited once")
        }
      }
      if let value { unsafe continuation.resume(returning: value) }
    }
  }
}
