import Synchronization

/// A number that only grows, e.g. records handled. Any thread; one atomic addition.
public final class Counter: Sendable {
  private let total = Atomic<Int>(0)

  init() {}

  /// Adds `amount` (≥ 0).
  public func increment(by amount: Int = 1) { total.wrappingAdd(amount, ordering: .relaxed) }

  /// What has been counted so far.
  public var value: Int { total.load(ordering: .relaxed) }
}
