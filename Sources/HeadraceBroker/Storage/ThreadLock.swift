internal import Glibc

/// A mutex with a condition on the monotonic clock, for threads that block.
///
/// `Synchronization.Mutex` has no condition variable. Both live in allocated memory, so that their address never
/// changes.
///
/// Sendable: the two pointers never change after `init`, and what they point at is made for many threads.
@safe final class ThreadLock: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe condition = ThreadLock.makeCondition()
  }

  deinit {
    unsafe ThreadLock.destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  @inline(__always) func lock() { unsafe pthread_mutex_lock(mutex) }
  @inline(__always) func unlock() { unsafe pthread_mutex_unlock(mutex) }

  @inline(__always) func withLock<Result: ~Copyable, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }

  /// Waits for a signal; the lock must be held. Wakes without cause too: look again.
  ///
  /// - Returns: false once the deadline has passed.
  func wait(until deadline: Deadline) -> Bool { unsafe wait(condition, until: deadline) }

  func signal() { unsafe pthread_cond_signal(condition) }
  func broadcast() { unsafe pthread_cond_broadcast(condition) }

  func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, until deadline: Deadline) -> Bool {
    if deadline == .never {
      unsafe pthread_cond_wait(condition, mutex)
      return true
    }
    var time = timespec(
      tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
    return unsafe pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }

  static func makeCondition() -> UnsafeMutablePointer<pthread_cond_t> {
    let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    unsafe condition.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
    return unsafe condition
  }

  static func destroy(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
    unsafe pthread_cond_destroy(condition)
    unsafe condition.deallocate()
  }
}
