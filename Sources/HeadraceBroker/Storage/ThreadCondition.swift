internal import Glibc

/// A further condition (on the monotonic clock) for waiters of one lock who wait for different things.
///
/// Sendable: the pointer never changes after `init`, and what it points at is made for many threads.
@safe final class ThreadCondition: @unchecked Sendable {
  private let lock: ThreadLock
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init(_ lock: ThreadLock) {
    self.lock = lock
    unsafe condition = ThreadLock.makeCondition()
  }

  deinit { unsafe ThreadLock.destroy(condition) }

  /// As `ThreadLock.wait(until:)`: the lock must be held.
  func wait(until deadline: Deadline) -> Bool { unsafe lock.wait(condition, until: deadline) }
  func signal() { unsafe pthread_cond_signal(condition) }
  func broadcast() { unsafe pthread_cond_broadcast(condition) }
}
