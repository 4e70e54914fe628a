import FoundationEssentials
import HeadraceCore
import HeadraceTelemetry
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// Budgets hold, whatever fails.
@Suite(.timeLimit(.minutes(2)))
struct BudgetTests {
  private func subject(_ tenant: String = "a") -> BudgetLedger.Subject {
    .init(tenant: tenant, processor: "p", keyID: nil, runID: nil, route: "default")
  }

  /// Ten thousand schedules of calls, failures, fallbacks and restarts: spend ≤ cap + the reservations in flight when it
  /// was reached; and as calls never cost more than they reserved, spend ≤ cap.
  @Test func G11_spendNeverPassesTheCapInAnySchedule() {
    for seed in 0..<UInt64(10_000) {
      var generator = SeededGenerator(seed: seed)
      let cap = Int64.random(in: 1_000...100_000, using: &generator)
      let budgets = [
        BudgetConfiguration(scope: .all, window: .total, limit: Money(nanos: cap)),
        BudgetConfiguration(scope: .tenant, window: .total, limit: Money(nanos: cap / 2)),
      ]
      var ledger = BudgetLedger(budgets)
      var inFlight: [(BudgetLedger.Reservation, String)] = []
      var log: [(tenant: String, cost: Int64)] = []
      var mayExceed: Int64 = 0
      for _ in 0..<Int.random(in: 5...30, using: &generator) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5:
          let tenant = Bool.random(using: &generator) ? "a" : "b"
          // A fallback asks again, for another amount.
          for _ in 0..<Int.random(in: 1...2, using: &generator) {
            let amount = Money(nanos: Int64.random(in: 0...cap / 3, using: &generator))
            if case .reserved(let made, _) = ledger.reserve(amount, for: subject(tenant), day: "2026-01-01") {
              inFlight.append((made, tenant))
              break
            }
          }
        case 5..<9:
          guard !inFlight.isEmpty else { continue }
          let (reservation, tenant) = inFlight.remove(at: Int.random(in: inFlight.indices, using: &generator))
          // Failed ones cost something too.
          let cost = Int64.random(in: 0...max(reservation.nanos, 1), using: &generator)
          ledger.settle(reservation, cost: Money(nanos: min(cost, reservation.nanos)))
          log.append((tenant, min(cost, reservation.nanos)))
        default:
          // A crash: what was in flight is paid and its events are lost; the log is what the new process knows.
          for (reservation, _) in inFlight { mayExceed += reservation.nanos }
          inFlight = []
          ledger = BudgetLedger(budgets)
          for entry in log { ledger.restore(Money(nanos: entry.cost), for: subject(entry.tenant), day: "2026-01-01") }
        }
        let spent = log.reduce(0) { $0 + $1.cost }
        let reserved = inFlight.reduce(0) { $0 + $1.0.nanos }
        if spent + reserved > cap { Issue.record("seed \(seed): \(spent) + \(reserved) of \(cap)") }
        if spent + reserved + mayExceed > cap + mayExceed { Issue.record("seed \(seed): beyond the calls in flight") }
        for tenant in ["a", "b"] {
          let own = log.filter { $0.tenant == tenant }.reduce(0) { $0 + $1.cost }
          if own > cap / 2 { Issue.record("seed \(seed): tenant \(tenant) spent \(own) of \(cap / 2)") }
        }
      }
    }
  }

  /// The same through the client, with real calls, failures and two targets to fall back to.
  @Test func G11_spendNeverPassesTheCapThroughTheClient() async throws {
    let faults: [ScriptedFault] = [
      .init(.status(500), probability: 0.1), .init(.cut(afterPieces: 2), probability: 0.15),
      .init(.status(429, retryAfter: 0), probability: 0.05),
    ]
    try await withScriptedModel(.init(latency: .uniform(.zero ... .milliseconds(5)), faults: faults)) { model in
      var configuration = LLMConfiguration()
      configuration.providers = [ProviderConfiguration(name: "m", dialect: .openAIChat, baseURL: model.baseURL)]
      configuration.targets = ["one", "two"].map {
        TargetConfiguration(
          name: $0, provider: "m", model: $0, limits: TargetLimits(concurrency: 20))
      }
      // Input costs 1 and output 2 units a token.
      configuration.prices = PriceTable(
        version: "t",
        entries: [
          .init(
            provider: "*", model: "*",
            price: ModelPrice(input: Money(nanos: 1_000_000_000), output: Money(nanos: 2_000_000_000)))
        ])
      let cap = Money(nanos: 5_000_000)
      configuration.budgets = [BudgetConfiguration(scope: .all, window: .total, limit: cap)]
      configuration.calls.backoff = BackoffPolicy(initial: .milliseconds(1), maximum: .milliseconds(2))
      configuration.calls.retryReserve = 1_000
      configuration.calls.breakerFailures = 1_000
      let llm = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
      let sink = RecordingSink()
      let refused = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<800 {
          group.addTask {
            var request = ChatRequest(messages: [.user("call \(index)")])
            request.maximumOutputTokens = 20
            do {
              _ = try await llm.complete(request, usage: sink)
            } catch let error as LLMError where error.code == .budget {
              #expect(error.failureClass == .quota)
              return true
            } catch {}
            return false
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      let spent = sink.events.reduce(Int64(0)) { $0 + ($1.cost?.nanos ?? 0) }
      #expect(spent <= cap.nanos)
      #expect(refused > 0)
      // It was used, not only guarded: what is left is less than a call may cost.
      let state = try #require(llm.budgets.first)
      #expect(state.spent.nanos == spent)
      #expect(state.reserved.nanos == 0)
      #expect(cap.nanos - spent < 60_000)
      // The bill knows every call that the provider would bill.
      let billed = sink.events.count { $0.outcome == .paid || ($0.cost?.nanos ?? 0) > 0 }
      #expect(billed == model.billedCalls)
    }
  }

  @Test func windowsAndSubjectsAreCountedApart() {
    var ledger = BudgetLedger([
      BudgetConfiguration(scope: .tenant, subject: "a", window: .day, limit: Money(nanos: 100)),
      BudgetConfiguration(scope: .all, window: .month, limit: Money(nanos: 250)),
    ])
    func reserve(_ tenant: String, _ day: String) -> Bool {
      guard case .reserved(let made, _) = ledger.reserve(Money(nanos: 100), for: subject(tenant), day: day) else {
        return false
      }
      ledger.settle(made, cost: Money(nanos: 100))
      return true
    }
    #expect(reserve("a", "2026-01-01"))
    #expect(!reserve("a", "2026-01-01"))
    #expect(reserve("b", "2026-01-01"))
    // The month's 250 have 200 spent.
    #expect(!reserve("a", "2026-01-02"))
    #expect(reserve("a", "2026-02-01"))
  }

  @Test func aWarningComesOnce() {
    var ledger = BudgetLedger([BudgetConfiguration(scope: .all, limit: Money(nanos: 1_000))])
    var warnings = 0
    for _ in 0..<10 {
      guard case .reserved(let made, let warned) = ledger.reserve(Money(nanos: 100), for: subject(), day: "d") else {
        continue
      }
      warnings += warned.count
      ledger.settle(made, cost: Money(nanos: 100))
    }
    #expect(warnings == 1)
  }

  @Test func pricesRoundUpAndKnowTheirKinds() throws {
    let table = try PriceTable(
      parsing: Array(
        """
        {"version": "v1", "currency": "USD", "prices": [
          {"provider": "openai", "model": "o1*", "input": "15", "cachedInput": "7.5", "output": "60"},
          {"provider": "openai", "model": "o1-mini", "input": "1", "output": "4", "from": "2026-01-01"},
          {"provider": "*", "model": "*", "input": "0.5", "output": "1.5"}]}
        """.utf8))
    let price = try #require(table.price(provider: "openai", model: "o1-2024-12-17"))
    #expect(price.cost(of: TokenCount(input: 1_000_000, cached: 400_000, output: 10, reasoning: 4)).amount == "12.0006")
    #expect(price.cost(of: TokenCount(input: 1)).nanos == 15_000)
    #expect(table.price(provider: "openai", model: "o1-mini")?.input.amount == "1")
    #expect(table.price(provider: "openai", model: "o1-mini", on: "2025-12-31")?.input.amount == "15")
    #expect(table.price(provider: "x", model: "y")?.output.amount == "1.5")
    #expect(PriceTable.shipped.price(provider: "openai", model: "gpt-4o-mini")?.input.amount == "0.15")
    #expect(PriceTable.shipped.price(provider: "anthropic", model: "claude-sonnet-4-5")?.output.amount == "15")
    let tiny = ModelPrice(input: Money(nanos: 1), output: Money(nanos: 1))
    #expect(tiny.cost(of: TokenCount(input: 1)).nanos == 1)
    for wrong in ["{}", "[", #"{"version":"1","prices":[{"provider":"a","model":"b","input":1,"output":"2"}]}"#] {
      #expect(throws: LLMError.self) { try PriceTable(parsing: Array(wrong.utf8)) }
    }
  }
}
