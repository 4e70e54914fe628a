import HeadraceCore
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// Several replicas, each with its share: decisions only, by a clock that the test moves.
@Suite(.timeLimit(.minutes(2)))
struct SharedLimitTests {
  private struct Replica {
    var ledger: BudgetLedger
    /// What it has spent that the others do not know yet.
    var untold: [Int64] = []
    var inFlight: [BudgetLedger.Reservation] = []
  }

  private let subject = BudgetLedger.Subject(tenant: "a", processor: "p", keyID: nil, runID: nil, route: "default")

  /// Whatever the replicas do, and however late they hear of each other, none passes the cap by what it knows; so together
  /// they pass it by what was under way, or not yet told, at most.
  @Test func G11_replicasPassTheCapByWhatWasUnderWayAtMost() {
    for seed in 0..<UInt64(2_000) {
      var generator = SeededGenerator(seed: seed)
      let cap = Int64.random(in: 10_000...100_000, using: &generator)
      let budgets = [BudgetConfiguration(scope: .all, window: .total, limit: Money(nanos: cap))]
      var replicas = (0..<Int.random(in: 2...4, using: &generator)).map { _ in
        Replica(ledger: BudgetLedger(budgets))
      }
      var spent: Int64 = 0
      var allowance: Int64 = 0
      func share() {
        var left = 8
        for index in replicas.indices {
          let owned = index == replicas.count - 1 ? left : Int.random(in: 0...left, using: &generator)
          left -= owned
          replicas[index].ledger.share = Double(max(owned, 1)) / 8
        }
      }
      func tell(_ index: Int) {
        for cost in replicas[index].untold {
          for other in replicas.indices where other != index {
            replicas[other].ledger.restore(Money(nanos: cost), for: subject, day: "d")
          }
        }
        replicas[index].untold = []
      }
      share()
      for _ in 0..<120 {
        let index = replicas.indices.randomElement(using: &generator)!
        switch Int.random(in: 0..<12, using: &generator) {
        case 0..<6:
          let amount = Money(nanos: Int64.random(in: 1...cap / 20, using: &generator))
          if case .reserved(let made, _) = replicas[index].ledger.reserve(amount, for: subject, day: "d") {
            replicas[index].inFlight.append(made)
          }
        case 6..<10:
          guard !replicas[index].inFlight.isEmpty else { continue }
          let made = replicas[index].inFlight.removeFirst()
          let cost = Int64.random(in: 0...made.nanos, using: &generator)
          replicas[index].ledger.settle(made, cost: Money(nanos: cost))
          spent += cost
          replicas[index].untold.append(cost)
        case 10: tell(index)
        default: share()
        }
        let others = replicas.map { $0.inFlight.reduce(0) { $0 + $1.nanos } + $0.untold.reduce(0, +) }
        if spent <= cap { allowance = others.reduce(0, +) }
        if spent > cap + allowance {
          Issue.record("seed \(seed): \(spent) of \(cap), \(allowance) were under way when it was reached")
        }
      }
    }
  }

  /// What two replicas with half of the partitions each let through is the rate of one.
  @Test(arguments: [0.5, 0.25, 0.125])
  func sharesOfARateAddUp(share: Double) {
    let start = ContinuousClock.now
    let limits = TargetLimits(concurrency: 500, requestsPerMinute: 1_200)
    var granted = 0
    for _ in 0..<Int(1 / share) {
      var state = PermitState(limits, now: start)
      state.setShare(share, now: start)
      var now = start
      var id: UInt64 = 0
      let end = start.advanced(by: .seconds(120))
      while now < end {
        id += 1
        let waiter = PermitState.Waiter(id: id, priority: .normal, tokens: 1, deadline: end.advanced(by: .seconds(600)))
        if state.request(waiter, now: now) == .granted {
          granted += 1
          state.settle(reserved: 1, used: 1, now: now)
          continue
        }
        now = max(state.nextInstant(now: now) ?? end, now.advanced(by: .microseconds(1)))
        granted += now < end ? state.advance(now: now).count : 0
        state.settle(reserved: 1, used: 1, now: now)
      }
    }
    #expect(Double(granted) <= 2_400 * 1.02)
    #expect(Double(granted) >= 2_400 * 0.95)
  }
}
