import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

/// Promotion and roll-back while the live processor works.
@Suite(.timeLimit(.minutes(5)))
struct PromotionTests {
  /// Writes newer versions of documents until told to stop.
  final class Load: Sendable {
    private struct State {
      var isStopped = false
      var newest: [String: String] = [:]
    }

    private let state = Mutex(State())
    var newest: [String: String] { state.withLock { $0.newest } }
    func stop() { state.withLock { $0.isStopped = true } }

    func run(_ log: TestLog, _ topic: String, documents: Int, round: Int) async throws {
      let producer = try KafkaProducer(configuration: log.kafka)
      var random = SeededGenerator(seed: UInt64(round))
      var count = 0
      while !state.withLock({ $0.isStopped }) {
        let number = Int.random(in: 0..<documents, using: &random)
        count += 1
        // Ends in another digit than 0, so that the prompt makes no difference to it.
        let text = "newer text \(round)-\(count)-\(number)1"
        _ = try await producer.send(
          ProducerRecord(topic: topic, key: Array("d\(number)".utf8), value: Array(text.utf8)))
        state.withLock { $0.newest["d\(number)"] = text }
        if count % 5 == 0 { try await Task.sleep(for: .milliseconds(2)) }
      }
      _ = await producer.close(deadline: .seconds(10))
    }
  }

  @Test(arguments: LogChoice.all)
  func G01_G13_promotingAndRollingBackUnderLoadLosesNothing(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let documents = 1_200
      let input = try await log.makeTopic("in", partitions: 2)
      let output = try await log.makeTopic("out", partitions: 2, configs: ["cleanup.policy": "compact"])
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      var live = ProcessorConfiguration(name: log.name("summarise"), inputTopics: [input])
      live.commitInterval = .milliseconds(5)
      let paid = ReplayTests.PaidCalls()
      let target = ReplayTests.Target(configuration: live, output: output, paid: paid)
      try await log.produce(input, (0..<documents).map { (key: "d\($0)", value: "text \($0)") })
      let service = RunningService(
        ProcessorService(
          ReplayTests.Summarise(output: output, prompt: "1", paid: paid), configuration: live, kafka: log.kafka))
      try await log.wait("live is through") { try await log.isAcknowledged(live.group, input) }

      let replayer = ReplayService(kafka: log.kafka, targets: [target], controlTopic: control)
      let stop = AsyncSignal()
      let replaying = Task.detached { try await replayer.run(until: stop) }
      let replays = Replays(kafka: log.kafka, targets: [target], controlTopic: control)
      var request = ReplayRequest(processor: live.name)
      request.permitShare = 1
      request.parameters = ["prompt": "2"]
      let plan = try await replays.plan(request)
      _ = try await replays.run(plan.hash)
      try await log.wait("the replay is complete") { try await replays.status(plan.id).run.state == .complete }

      /// Lets `body` run under load, waits until all is quiet, and returns what is live.
      func underLoad(_ round: Int, _ body: () async throws -> Void) async throws -> (
        newest: [String: String], live: [String: String]
      ) {
        let load = Load()
        let loading = Task.detached { try await load.run(log, input, documents: documents, round: round) }
        try await log.wait("the load runs") { load.newest.count > 20 }
        do {
          try await body()
        } catch {
          load.stop()
          try await loading.value
          throw error
        }
        load.stop()
        try await loading.value
        try await log.wait("live is through") { try await log.isAcknowledged(live.group, input) }
        var found: [String: String] = [:]
        for record in try await log.read(output) {
          found[String(decoding: record.key!, as: UTF8.self)] =
            record.value.flatMap { try? JSONValue(parsing: $0)["summary"]?.string } ?? "nothing"
        }
        return (load.newest, found)
      }

      var newest: [String: String] = [:]
      let promoted = try await underLoad(1) {
        let report = try await replays.promote(plan.id)
        #expect(report.written + report.newer == documents, "\(report)")
      }
      newest.merge(promoted.newest) { $1 }
      for number in 0..<documents {
        // The newest record counts, wherever its output came from.
        let expected = newest["d\(number)"].map { "\($0) by 1" } ?? "text \(number) by \(number % 10 == 0 ? 2 : 1)"
        #expect(promoted.live["d\(number)"] == expected, "after the promotion")
      }
      let back = try await underLoad(2) {
        let report = try await replays.rollback(plan.id)
        #expect(report.written + report.replaced <= documents, "\(report)")
      }
      newest.merge(back.newest) { $1 }
      for number in 0..<documents {
        let expected = newest["d\(number)"].map { "\($0) by 1" } ?? "text \(number) by 1"
        #expect(back.live["d\(number)"] == expected, "after the roll-back")
      }

      // The same again is another replay.
      let again = try await replays.plan(request)
      #expect(again.id != plan.id)
      stop.raise()
      try await replaying.value
      try await service.stop()
    }
  }
}
