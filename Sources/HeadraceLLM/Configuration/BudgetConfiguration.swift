public import HeadraceCore

/// A bound on money: spend is at most this plus what was in flight when it was reached.
public struct BudgetConfiguration: Sendable, Hashable {
  /// What it bounds.
  public enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Everything together.
    case all
    /// Each tenant, or the one named by `subject`.
    case tenant
    /// Each processor, or the one named.
    case processor
    /// Each caller's key, or the one named.
    case key
    /// Each run of a replay or batch, or the one named.
    case run
    /// Each route, or the one named.
    case route
  }

  /// What a budget counts over.
  public enum Window: String, Sendable, Hashable, CaseIterable {
    /// A day in UTC.
    case day
    /// A month in UTC.
    case month
    /// For ever.
    case total
  }

  /// What it bounds.
  public var scope: Scope
  /// Only this tenant, processor, key, run or route; `nil`: each one on its own.
  public var subject: String?
  /// What it counts over.
  public var window: Window
  /// The bound.
  public var limit: Money
  /// Part of the limit from which on warnings are logged, 0 … 1. Default 0.8.
  public var warnAt: Double

  /// Makes a budget.
  public init(scope: Scope, subject: String? = nil, window: Window = .day, limit: Money, warnAt: Double = 0.8) {
    self.scope = scope
    self.subject = subject
    self.window = window
    self.limit = limit
    self.warnAt = warnAt
  }
}
