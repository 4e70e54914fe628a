/// Tells the checkpoint's thread that one is due.
///
/// Sendable: `lock` guards the flags. Order of locks: the journal's before this one.
final class CheckpointRequest: @unchecked Sendable {
  private let lock = ThreadLock()
  private var isRaised = false
  private var isStopped = false

  func raise() {
    lock.withLock {
      isRaised = true
      lock.signal()
    }
  }

  func stop() {
    lock.withLock {
      isStopped = true
      lock.broadcast()
    }
  }

  /// Waits for a request and takes it; false once stopped.
  func take() -> Bool {
    lock.withLock {
      while !isRaised && !isStopped { _ = lock.wait(until: .never) }
      isRaised = false
      return !isStopped
    }
  }

  /// Waits before another attempt; false once stopped.
  func pause(_ duration: Duration) -> Bool {
    lock.withLock {
      let deadline = Deadline.after(duration)
      while !isStopped, !deadline.hasPassed { _ = lock.wait(until: deadline) }
      return !isStopped
    }
  }
}
