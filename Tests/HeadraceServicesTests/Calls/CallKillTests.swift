import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceTesting
import Testing

/// A process that calls models, killed at every point of a call's life.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct CallKillTests {
  /// Deaths at each point. One in the suite; `ops/soak/llm-kill` asks for many.
  static let rounds = ProcessInfo.processInfo.environment["HEADRACE_TEST_CALL_KILLS"].flatMap(Int.init) ?? 1

  @Test func G04_aCallIsPaidOnceWhereverItsProcessIsKilled() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let latency = LatencyDistribution.uniform(.milliseconds(60) ... .milliseconds(160))
    let faults = [
      ScriptedFault(.cut(afterPieces: 1), probability: 0.05), ScriptedFault(.status(500), probability: 0.05),
    ]
    try await EmbeddedBroker.withBroker { broker in
      try await withScriptedModel(
        .init(latency: latency, pieceInterval: .milliseconds(10), faults: faults, seed: seed)
      ) { model in
        let world = try await CallWorld(broker.bootstrapServers, model.baseURL)
        var generator = SeededGenerator(seed: seed)
        var deaths = 0
        for round in 0..<Self.rounds {
          for point in KillPoint.allCases {
            try await world.ask(12)
            var options = world.options
            options.killPoint = point
            options.passes = Int.random(in: point == .anywhere ? 2...40 : 0...6, using: &generator)
            let died = try await world.live(options, until: { false })
            deaths += died ? 1 : 0
            #expect(died || point == .anywhere, "\(point.rawValue) was never reached, seed \(seed)")
            #expect(try world.paidAfterRecorded() == [], "round \(round), \(point.rawValue), seed \(seed)")
          }
        }
        // One life more, in which all that is left is done.
        try await world.live(world.options) { try await world.isDone() }
        let diary = try world.diary()
        let inFlight = diary.inFlightAtDeath
        let again = "seed \(seed), \(deaths) deaths, \(inFlight.count) calls in flight at them"
        #expect(try world.paidAfterRecorded() == [], "\(again)")
        // What the provider counted, against the bill.
        let events = try await world.events()
        let billed = events.count { $0.outcome == .paid || $0.inputTokens > 0 }
        #expect(billed <= model.billedCalls, "\(again)")
        #expect(model.billedCalls - billed <= inFlight.count, "\(model.billedCalls) billed, \(billed) events, \(again)")
        for (prompt, count) in model.billedCallsByPrompt {
          let failed = events.count { $0.outcome == .failed && world.prompt($0) == prompt }
          let deaths = inFlight.count { $0 == prompt }
          #expect(
            count <= 1 + deaths + failed, "\(prompt): \(count) calls, \(deaths) deaths, \(failed) failures, \(again)")
        }
        // And nothing is missing.
        #expect(Set(try await world.outputs()).count == world.asked, "\(again)")
        print("\(again): \(world.asked) questions, \(model.billedCalls) calls billed, \(billed) on the bill")
        await world.remove()
      }
    }
  }
}
