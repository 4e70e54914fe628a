internal import HeadraceCore
internal import Synchronization

/// What was spent and what is reserved, by budget, subject and window.
///
/// A call reserves the most it can cost before it is made and settles what it did cost: what is spent never exceeds a
/// limit by more than reservations that were in flight when it was reached, whatever fails in between.
struct BudgetLedger: Sendable {
  struct Subject: Sendable, Hashable {
    var tenant: String
    var processor: String?
    var keyID: String?
    var runID: String?
    var route: String
  }

  struct Account: Sendable, Hashable {
    var budget: Int
    var subject: String
    var window: String
  }

  struct Balance: Sendable {
    var spent: Int64 = 0
    var reserved: Int64 = 0
    var hasWarned = false
  }

  struct Reservation: Sendable {
    fileprivate(set) var accounts: [Account]
    let nanos: Int64
  }

  enum Decision: Sendable {
    case reserved(Reservation, warnings: [Account])
    /// Too much is spent, or (`mayPass`) only too much is reserved: calls under way usually cost less than they
    /// reserved, so that this one may pass when they are settled.
    case refused(Account, held: Money, limit: Money, mayPass: Bool)
  }

  let budgets: [BudgetConfiguration]
  /// This process's part of what is left, 0 … 1. The spend of the others is known to the ledger a moment after it is in
  /// the log; what they have reserved is not, so that each reserves at most its part of the rest.
  var share = 1.0
  private(set) var balances: [Account: Balance] = [:]

  init(_ budgets: [BudgetConfiguration]) { self.budgets = budgets }

  /// - Parameter day: `2026-01-31`, in UTC.
  mutating func reserve(_ amount: Money, for subject: Subject, day: @autoclosure () -> String) -> Decision {
    if budgets.isEmpty { return .reserved(Reservation(accounts: [], nanos: amount.nanos), warnings: []) }
    let day = day()
    let accounts = accounts(of: subject, day: day, currency: amount.currency)
    if let refusal = refusal(amount, accounts) { return refusal }
    forget(before: day)
    var warnings: [Account] = []
    for account in accounts {
      balances[account, default: Balance()].reserved += amount.nanos
      let configuration = budgets[account.budget]
      let balance = balances[account]!
      if !balance.hasWarned, Double(balance.spent) >= Double(configuration.limit.nanos) * configuration.warnAt {
        balances[account]?.hasWarned = true
        warnings.append(account)
      }
    }
    return .reserved(Reservation(accounts: accounts, nanos: amount.nanos), warnings: warnings)
  }

  /// Whether a call that costs at most `amount` will be refused, whatever becomes of the calls under way: its account,
  /// and what is spent or reserved there.
  func refusal(
    _ amount: Money, for subject: Subject, day: String
  ) -> (account: Account, held: Money, limit: Money)? {
    guard
      case .refused(let account, let held, let limit, mayPass: false) = refusal(
        amount, accounts(of: subject, day: day, currency: amount.currency))
    else { return nil }
    return (account, held, limit)
  }

  private func refusal(_ amount: Money, _ accounts: [Account]) -> Decision? {
    // Where nothing is paid, nothing is bounded.
    guard amount.nanos > 0 else { return nil }
    var refusal: Decision?
    for account in accounts {
      let balance = balances[account] ?? Balance()
      let limit = budgets[account.budget].limit
      let held = balance.spent + balance.reserved
      let left = limit.nanos - balance.spent
      let own = share >= 1 ? left : Int64((Double(max(left, 0)) * share).rounded(.down))
      let (reserved, overflow) = balance.reserved.addingReportingOverflow(amount.nanos)
      guard overflow || reserved > own else { continue }
      let mayPass = amount.nanos <= own
      refusal = .refused(account, held: Money(nanos: held, currency: limit.currency), limit: limit, mayPass: mayPass)
      // One that stands weighs more than one that may pass.
      if !mayPass { return refusal }
    }
    return refusal
  }

  /// The call is over; `cost` is zero when it was not made.
  mutating func settle(_ reservation: Reservation, cost: Money?) {
    for account in reservation.accounts {
      balances[account]?.reserved -= reservation.nanos
      balances[account]?.spent += cost?.nanos ?? 0
    }
  }

  /// Takes what was spent before, here or elsewhere, from the log of usage events.
  mutating func restore(_ cost: Money, for subject: Subject, day: String) {
    for account in accounts(of: subject, day: day, currency: cost.currency) {
      balances[account, default: Balance()].spent += cost.nanos
    }
  }

  private func accounts(of subject: Subject, day: String, currency: String) -> [Account] {
    budgets.indices.compactMap { index in
      let budget = budgets[index]
      guard budget.limit.currency == currency else { return nil }
      let name: String? =
        switch budget.scope {
        case .all: "*"
        case .tenant: subject.tenant
        case .processor: subject.processor
        case .key: subject.keyID
        case .run: subject.runID
        case .route: subject.route
        }
      guard let name, budget.subject == nil || budget.subject == name else { return nil }
      let window =
        switch budget.window {
        case .day: day
        case .month: String(day.prefix(7))
        case .total: "*"
        }
      return Account(budget: index, subject: name, window: window)
    }
  }

  /// Windows that are over and owe nothing are dropped, so that the ledger does not grow with the calendar.
  private mutating func forget(before day: String) {
    guard balances.count > 1_000 else { return }
    balances = balances.filter { account, balance in
      account.window == "*" || balance.reserved != 0 || day.hasPrefix(account.window)
    }
  }
}
