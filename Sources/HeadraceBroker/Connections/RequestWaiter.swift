internal import HeadraceCore

/// What a connection's thread may be woken from when the broker stops.
protocol Interruptible: AnyObject, Sendable {
  func interrupt()
}

/// Where the thread of a connection waits for an answer that another thread brings.
final class RequestWaiter<Answer: Sendable>: Interruptible, @unchecked Sendable {
  // Invariant: both are touched under the condition's lock only.
  private let condition = Condition()
  private var answer: Answer?
  private var isInterrupted = false

  /// Brings the answer; the first one counts. Any thread.
  func deliver(_ answer: Answer) {
    condition.withLock { if self.answer == nil { self.answer = answer } }
    condition.signal()
  }

  func interrupt() {
    condition.withLock { isInterrupted = true }
    condition.signal()
  }

  /// Blocks until there is an answer. Nil when the client went away meanwhile, which is looked at once a second, or the
  /// broker stops.
  func wait(for peer: some RequestPeer) -> Answer? {
    peer.park(self)
    defer { peer.unpark() }
    while true {
      let (answer, isInterrupted) = condition.withLock {
        if self.answer == nil, !self.isInterrupted {
          _ = condition.wait(until: MonotonicTime.now + .seconds(1))
        }
        return (self.answer, self.isInterrupted)
      }
      if let answer { return answer }
      if isInterrupted || peer.isGone { return nil }
    }
  }
}
