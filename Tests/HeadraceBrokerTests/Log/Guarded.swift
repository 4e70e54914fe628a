@testable import HeadraceBroker

/// A value behind a lock, for tests: unlike `Mutex` it lends without asking what leaves it.
///
/// Sendable: the value is touched with the lock held alone.
final class Guarded<Value>: @unchecked Sendable {
  private let lock = ThreadLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<R, Failure: Error>(_ body: (inout Value) throws(Failure) -> R) throws(Failure) -> R {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
