import Foundation
import HeadraceCore
import HeadraceHTTP
import HeadraceKafka
import HeadraceTesting
import Testing

/// `headrace up` killed in the middle of its work.
@Suite(.timeLimit(.minutes(10)), .serialized) struct CrashTests {
  /// Kills during 50 uploads. Three in the tests; `ops/soak/kill-up` makes them ten.
  static let kills = ProcessInfo.processInfo.environment["HEADRACE_TEST_KILLS"].flatMap(Int.init) ?? 3

  /// The enricher's default.
  private static let slots = 16

  @Test func G01_G04_killMinusNineLosesAndDoublesNothing() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let kills = Self.kills
    try await World.withFolder { folder in
      try await withScriptedModel(.init(latency: .uniform(.milliseconds(20) ... .milliseconds(400)), seed: seed)) {
        model in
        var generator = SeededGenerator(seed: seed)
        var (process, gateway, servers) = try await World.up(folder, model: model, arguments: ["--broker-port", "0"])
        var acknowledged: [String: String] = [:]
        let perKill = 50 / (kills + 1)
        var number = 0
        for kill in 0...kills {
          for _ in 0..<(kill == kills ? 50 - perKill * kills : perKill) {
            number += 1
            let text = "Document \(number) of seed \(seed). " + String(repeating: "The harbour was quiet. ", count: 8)
            if let id = try? await gateway.uploadText(text, name: "d\(number).txt") { acknowledged[id] = text }
          }
          guard kill < kills else { break }
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...600, using: &generator)))
          await process.killNow()
          let start = ContinuousClock.now
          (process, gateway, servers) = try await World.up(folder, model: model, arguments: ["--broker-port", "0"])
          let restart = ContinuousClock.now - start
          #expect(restart < .seconds(5), "serving again took \(restart), seed \(seed)")
        }
        for id in acknowledged.keys {
          let document = try await gateway.finished(id)
          #expect(document["state"]?.string == "enriched", "seed \(seed): \(document.text)")
        }
        let events = try await World.committedRecords("document.metadata", servers)
        for id in acknowledged.keys {
          let count = events.count { $0.key == Array(id.utf8) }
          #expect(count == 1, "\(id) has \(count) metadata events, seed \(seed)")
        }
        // What was finished is in the journal, and what is there is not paid for again: no call has two results in it. A
        // kill may cost what was in work then, a call a slot.
        let results = try await World.committedRecords("enricher.journal", servers).compactMap(\.key)
          .filter { $0.starts(with: "r/".utf8) }
        #expect(Set(results).count == results.count, "a finished call was paid for again, seed \(seed)")
        #expect(results.count >= acknowledged.count)
        let distinct = model.billedCallsByPrompt.count
        #expect(
          model.billedCalls <= distinct + kills * Self.slots,
          "\(model.billedCalls) calls billed for \(distinct) requests, seed \(seed)")
        process.signal(SIGTERM)
        #expect(await process.exitCode() == 0)
      }
    }
  }
}
