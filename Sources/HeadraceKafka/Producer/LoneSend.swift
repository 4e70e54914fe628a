internal import Synchronization

/// The place of a sender that waits alone, for its record's report or for room: librdkafka's own thread wakes the sender, which then
/// handles the reports itself, in place of a thread that would have to be woken first. One for each client; whoever takes it must
/// give it back.
///
/// The address of this object is the opaque of the record that is waited for.
final class LoneSend: Sendable {
  /// Why the sender goes on.
  enum News {
    /// Its own report, however it was handled.
    case outcome(ProducerCore.Outcome)
    /// There are reports: handle them and ask again.
    case reports
  }

  @safe private enum State {
    case free
    case taken
    case waiting(UnsafeContinuation<News, Never>)
    case finished(ProducerCore.Outcome)
  }

  private let state = Mutex((State.free, hasReports: false))

  /// Takes it; false when another sender has it.
  func take() -> Bool {
    state.withLock { state in
      guard case .free = state.0 else { return false }
      state = (.taken, false)
      return true
    }
  }

  /// Whether somebody has it.
  var isTaken: Bool {
    state.withLock { if case .free = $0.0 { false } else { true } }
  }

  /// Gives it back; returns whether reports came that the sender hasn't handled.
  func giveBack() -> Bool {
    state.withLock { state in
      defer { state = (.free, false) }
      return state.hasReports
    }
  }

  /// There are reports; returns whether the sender sees to them.
  func reportsCame() -> Bool {
    let (isTaken, waiter) = unsafe state.withLock { state -> (Bool, UnsafeContinuation<News, Never>?) in
      switch state.0 {
      case .free: return (false, nil)
      case .waiting(let waiter):
        state.0 = .taken
        return unsafe (true, waiter)
      case .taken, .finished:
        state.hasReports = true
        return (true, nil)
      }
    }
    unsafe waiter?.resume(returning: .reports)
    return isTaken
  }

  /// The record's own report was handled.
  func finish(_ outcome: ProducerCore.Outcome) {
    let waiter = unsafe state.withLock { state -> UnsafeContinuation<News, Never>? in
      defer { state.0 = .finished(outcome) }
      guard case .waiting(let waiter) = state.0 else { return nil }
      return unsafe waiter
    }
    unsafe waiter?.resume(returning: .outcome(outcome))
  }

  /// Waits for news.
  func news() async -> News {
    unsafe await withUnsafeContinuation { continuation in
      let news = state.withLock { state -> News? in
        if case .finished(let outcome) = state.0 { return .outcome(outcome) }
        if state.hasReports {
          state.hasReports = false
          return .reports
        }
        unsafe state.0 = .waiting(continuation)
        return nil
      }
      if let news { unsafe continuation.resume(returning: news) }
    }
  }
}
