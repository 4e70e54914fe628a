import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

/// Two enrichers on one log: limits and budgets are those of both together.
@Suite(.timeLimit(.minutes(5)), .serialized) struct SharedLimitsTests {
  private static func configuration(_ model: ScriptedModel, _ more: String) -> String {
    """
    llm:
      providers:
        - {name: scripted, base-url: "\(model.baseURL)", api-key: key, clearance: restricted}
      targets:
        - {name: scripted, provider: scripted, model: scripted, \(more)
    """
  }

  /// A platform and a second enricher, each with half of the partitions, on the same configuration.
  private func withTwoEnrichers(
    _ latency: Duration, configuration: @Sendable (ScriptedModel, String) throws -> String,
    _ body: @Sendable (GatewayFace, ScriptedModel, String) async throws -> Void
  ) async throws {
    try await World.withFolder { folder in
      try await withScriptedModel(.init(latency: .fixed(latency))) { model in
        let file = "\(folder)/headrace.yaml"
        try Data(configuration(model, folder).utf8).write(to: URL(filePath: file))
        let (first, gateway, servers) = try await World.up(
          folder, model: nil, arguments: ["--broker-port", "0", "--config", file])
        var second: HeadraceProcess?
        do {
          let other = try HeadraceProcess(
            [
              "serve", "enricher", "--bootstrap-server", servers, "--data", "\(folder)/other", "-o", "json",
              "--config", file, "--set", "blobs.folder=\(folder)/data/blobs",
            ], folder: folder)
          second = other
          let deadline = ContinuousClock.now + .seconds(60)
          for process in [first, other] {
            while !process.standardError.contains("4 of 8") {
              guard ContinuousClock.now < deadline else { throw Unexpected("no share: \(process.standardError)") }
              try await Task.sleep(for: .milliseconds(50))
            }
          }
          try await body(gateway, model, servers)
        } catch {
          await second?.killNow()
          await first.killNow()
          throw error
        }
        // Whoever waits for a permit or for money must not hold the end up.
        let start = ContinuousClock.now
        second?.signal(SIGTERM)
        #expect(await second?.exitCode() == 0)
        first.signal(SIGTERM)
        #expect(await first.exitCode() == 0)
        #expect(ContinuousClock.now - start < .seconds(15), "two graceful ends")
      }
    }
  }

  private func upload(_ count: Int, _ gateway: GatewayFace) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        if number >= 8 { try await group.next() }
        group.addTask {
          _ = try await gateway.uploadText("Note \(number): the ferry was late because of fog.", name: "\(number).txt")
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func theRateIsKeptByBothTogether() async throws {
    let perSecond = 5.0
    try await withTwoEnrichers(.milliseconds(20)) { model, _ in
      Self.configuration(model, "requests-per-minute: \(Int(perSecond * 60))}")
    } _: { gateway, model, _ in
      try await upload(160, gateway)
      // Past the bursts that both began with.
      while model.requests.count < 12 { try await Task.sleep(for: .milliseconds(20)) }
      let (start, before) = (ContinuousClock.now, model.requests.count)
      try await Task.sleep(for: .seconds(10))
      let asked = Double(model.requests.count - before)
      let allowed = (ContinuousClock.now - start).seconds * perSecond
      // A bucket holds a second's gain; what both may have saved up counts once.
      #expect(asked <= allowed * 1.02 + perSecond, "\(asked) of \(allowed)")
      // One alone would come to half.
      #expect(asked >= allowed * 0.8, "\(asked) of \(allowed)")
    }
  }

  @Test func G11_aBudgetIsKeptByBothTogether() async throws {
    try await withTwoEnrichers(.milliseconds(30)) { model, folder in
      let prices = "\(folder)/prices.json"
      let table = """
        {"version": "test", "currency": "USD", "prices": [
          {"provider": "*", "model": "*", "input": "1", "output": "1"}]}
        """
      try Data(table.utf8).write(to: URL(filePath: prices))
      return Self.configuration(
        model,
        "concurrency: 16}\n  price-table: \(prices)\n  budgets:\n    - {scope: all, window: total, limit: \"0.01\"}")
    } _: { gateway, model, servers in
      try await upload(200, gateway)
      // Until nothing is asked any more for a while: the budget is reached.
      var (seen, since) = (0, ContinuousClock.now)
      let deadline = ContinuousClock.now + .seconds(90)
      while ContinuousClock.now - since < .seconds(4), ContinuousClock.now < deadline {
        if model.requests.count != seen { (seen, since) = (model.requests.count, .now) }
        try await Task.sleep(for: .milliseconds(50))
      }
      let events = try await World.committedRecords("llm.usage", servers).compactMap { record in
        try? JSONDecoder().decode(CallUsageEvent.self, from: Data(record.value ?? []))
      }
      let spent = events.reduce(Int64(0)) { $0 + ($1.cost?.nanos ?? 0) }
      let most = events.compactMap { $0.cost?.nanos }.max() ?? 0
      #expect(model.requests.count < 200, "the budget stopped nobody")
      // The reservations that were in flight when the cap was reached: at most what both slots hold.
      #expect(spent <= 10_000_000 + most * Int64(model.mostCallsInFlight), "\(spent) of 10,000,000")
      #expect(spent >= 6_500_000, "\(spent) of 10,000,000 used")
    }
  }
}
