import Glibc

/// A mutex and its condition variable, on the monotonic clock: for threads that wait for each other. Never use it on the
/// cooperative pool. All members may be called from any thread; those that say so need the lock.
@safe public final class Condition: @unchecked Sendable {
  // Invariant: both live in memory of their own, whose address never changes, from init to deinit.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  /// An unlocked one.
  public init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Takes the lock.
  public func lock() { unsafe pthread_mutex_lock(mutex) }

  /// Gives the lock back.
  public func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Runs `body` with the lock held.
  public func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }

  /// Waits for a signal (or for nothing: check again). The lock must be held, and is held again afterwards.
  public func wait() { unsafe pthread_cond_wait(condition, mutex) }

  /// Waits for a signal until `deadline`. The lock must be held, and is held again afterwards.
  ///
  /// - Returns: False when the deadline has passed.
  public func wait(until deadline: MonotonicTime) -> Bool {
    var time = timespec(
      tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
    return unsafe pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }

  /// Wakes one waiter.
  public func signal() { unsafe pthread_cond_signal(condition) }

  /// Wakes all waiters.
  public func broadcast() { unsafe pthread_cond_broadcast(condition) }
}
