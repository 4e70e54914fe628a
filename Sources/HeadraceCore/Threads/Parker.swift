/// A place where one thread waits until another says go. A go that comes first is kept (one, not a count).
public final class Parker: @unchecked Sendable {
  // Invariant: `isOpen` is touched under the condition's lock only.
  private let condition = Condition()
  private var isOpen = false

  /// A parker that nobody has opened.
  public init() {}

  /// Blocks the calling thread until ``unpark()``.
  public func park() {
    condition.withLock {
      while !isOpen { condition.wait() }
      isOpen = false
    }
  }

  /// Blocks the calling thread until ``unpark()`` or `deadline`.
  ///
  /// - Returns: False when the deadline passed first.
  public func park(until deadline: MonotonicTime) -> Bool {
    condition.withLock {
      while !isOpen {
        if !condition.wait(until: deadline), !isOpen { return false }
      }
      isOpen = false
      return true
    }
  }

  /// Lets the parked thread, or the next one to park, go on.
  public func unpark() {
    condition.withLock { isOpen = true }
    condition.signal()
  }
}
