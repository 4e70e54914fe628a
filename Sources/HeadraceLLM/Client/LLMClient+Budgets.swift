public import FoundationEssentials
public import HeadraceCore
internal import Synchronization

extension LLMClient {
  /// Takes spend that the log already holds, before the first call: budgets then go on where an earlier process, or
  /// another one, left them. Only paid and failed events count.
  ///
  /// - Parameters:
  ///   - event: an event of `llm.usage`.
  ///   - time: when it was written.
  ///   - runID: the run it belonged to, when it is known.
  public func restoreSpend(_ event: CallUsageEvent, at time: Date, runID: String? = nil) {
    guard event.outcome != .saved, let cost = event.cost else { return }
    let subject = BudgetLedger.Subject(
      tenant: event.tenant, processor: event.processor.isEmpty ? nil : event.processor, keyID: nil, runID: runID,
      route: event.route)
    ledger.withLock { $0.restore(cost, for: subject, day: String(time.rfc3339.prefix(10))) }
  }

  /// What is spent and reserved of each budget that was touched.
  public var budgets: [BudgetState] {
    ledger.withLock { ledger in
      ledger.balances.map { account, balance in
        let budget = ledger.budgets[account.budget]
        return BudgetState(
          scope: budget.scope.rawValue, subject: account.subject, window: account.window, limit: budget.limit,
          spent: Money(nanos: balance.spent, currency: budget.limit.currency),
          reserved: Money(nanos: balance.reserved, currency: budget.limit.currency))
      }.sorted { ($0.scope, $0.subject, $0.window) < ($1.scope, $1.subject, $1.window) }
    }
  }
}

/// How far a budget is used.
public struct BudgetState: Sendable, Hashable, Codable {
  /// What it bounds: `all`, `tenant`, `processor`, `key`, `run`, `route`.
  public var scope: String
  /// Whose it is; `*` for all.
  public var subject: String
  /// The day or month, or `*`.
  public var window: String
  /// The bound.
  public var limit: Money
  /// What calls did cost.
  public var spent: Money
  /// What calls under way may cost at most.
  public var reserved: Money
}
