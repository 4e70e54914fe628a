import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

@Suite(.timeLimit(.minutes(5)))
struct ReplayTests {
  /// A processor whose answer depends on a prompt version, and that pays for each.
  struct Summarise: Processor {
    let output: String
    let prompt: String
    let paid: PaidCalls

    static func fingerprint(_ text: String, _ prompt: String) -> CallFingerprint {
      CallFingerprint(parts: [("text", text), ("prompt", prompt)])
    }

    func handle(_ record: InputRecord<[UInt8]?>, context: ProcessorContext) async throws -> Outputs {
      let text = String(decoding: record.value ?? [], as: UTF8.self)
      // The new prompt changes every tenth answer.
      let version = text.hasSuffix("0") ? prompt : "1"
      let (result, _) = try await context.result(for: Self.fingerprint(text, version)) { [paid] in
        paid.pay(text)
        return CallResult(
          response: Data("\(text) by \(version)".utf8),
          usage: CallUsage(inputTokens: 10, outputTokens: 5, cost: Money(nanos: 1_000_000)))
      }
      let data: JSONValue = [
        "documentId": .string(record.keyText!), "summary": .string(String(decoding: result.response, as: UTF8.self)),
        "provenance": ["promptVersion": .int(Int64(version)!), "milliseconds": .int(Int64.random(in: 0..<100))],
      ]
      return [
        Output(
          topic: output, key: record.key, value: data.bytes,
          headers: [RecordHeader("ce_id", context.eventID(0)), RecordHeader("ce_source", context.eventSource)])
      ]
    }
  }

  final class PaidCalls: Sendable {
    private let texts = Mutex<[String]>([])
    var count: Int { texts.withLock { $0.count } }
    func pay(_ text: String) { texts.withLock { $0.append(text) } }
  }

  struct Target: ReplayTarget {
    var configuration: ProcessorConfiguration
    var output: String
    var paid: PaidCalls
    var outputTopics: [String] { [output] }

    func processor(for request: ReplayRequest) throws -> any Processor {
      Summarise(output: output, prompt: request.parameters["prompt"] ?? "1", paid: paid)
    }

    func plannedCalls(for record: RawRecord, request: ReplayRequest) async throws -> [PlannedCall] {
      let text = String(decoding: record.value ?? [], as: UTF8.self)
      let version = text.hasSuffix("0") ? request.parameters["prompt"] ?? "1" : "1"
      return [
        PlannedCall(
          fingerprint: Summarise.fingerprint(text, version), inputTokens: 10, outputTokens: 5...5,
          cost: 1_000_000...1_000_000)
      ]
    }
  }

  @Test(arguments: LogChoice.all)
  func G05_G13_planRunDiffPromoteAndRollBack(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 2)
      let output = try await log.makeTopic("out", partitions: 2, configs: ["cleanup.policy": "compact"])
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      var live = ProcessorConfiguration(name: log.name("summarise"), inputTopics: [input])
      live.commitInterval = .milliseconds(20)
      live.slots = 20
      let paid = PaidCalls()
      let target = Target(configuration: live, output: output, paid: paid)
      try await log.produce(input, (0..<100).map { (key: "d\($0)", value: "text \($0)") })
      let service = RunningService(
        ProcessorService(Summarise(output: output, prompt: "1", paid: paid), configuration: live, kafka: log.kafka))
      try await log.wait("live is through") { try await log.isAcknowledged(live.group, input) }
      #expect(paid.count == 100)

      let replayer = ReplayService(kafka: log.kafka, targets: [target], controlTopic: control)
      let stop = AsyncSignal()
      let replaying = Task.detached { try await replayer.run(until: stop) }
      let replays = Replays(kafka: log.kafka, targets: [target], controlTopic: control)

      // The same again pays for nothing.
      var same = ReplayRequest(processor: live.name)
      same.permitShare = 1
      let samePlan = try await replays.plan(same)
      #expect(samePlan.records == 100)
      #expect(samePlan.journalHits == 100)
      #expect(samePlan.journalMisses == 0)
      #expect(samePlan.mostCost.nanos == 0)
      _ = try await replays.run(samePlan.hash)
      try await log.wait("the replay is complete") { try await replays.status(samePlan.id).run.state == .complete }
      #expect(paid.count == 100)
      let sameDiff = try await replays.diff(samePlan.id)
      #expect(sameDiff.isEqual, "\(sameDiff)")
      #expect(sameDiff.equal == 100)

      // Another prompt, half of the keys deleted or newer meanwhile.
      let before = try await log.withAdmin { try await $0.committedOffsets(of: live.group) }
      var changed = ReplayRequest(processor: live.name)
      changed.permitShare = 1
      changed.parameters = ["prompt": "2"]
      let plan = try await replays.plan(changed)
      #expect(plan.journalMisses == 10)
      #expect(plan.mostCost == Money(nanos: 10_000_000))
      await #expect(throws: ProcessorError.self) { try await replays.promote(plan.id) }
      _ = try await replays.run(String(plan.hash.prefix(16)))
      try await log.wait("the replay is complete") { try await replays.status(plan.id).run.state == .complete }
      #expect(paid.count == 110)
      let after = try await log.withAdmin { try await $0.committedOffsets(of: live.group) }
      #expect(
        before.map { "\($0.topicPartition)=\($0.offset)" }.sorted()
          == after.map { "\($0.topicPartition)=\($0.offset)" }.sorted(),
        "a replay leaves the live group alone")
      let diff = try await replays.diff(plan.id)
      #expect(diff.equal == 90 && diff.changed == 10 && diff.missing == 0 && diff.extra == 0, "\(diff)")
      #expect(diff.fields == ["summary": 10])
      #expect(diff.entries.allSatisfy { $0.kind == .changed })
      let differ = ReplayDiffer(
        run: try await replays.status(plan.id).run, target: target, reader: TopicReader(kafka: log.kafka),
        ignoring: ReplayDiff.volatileFields, lookUpRecords: 3)
      let byThrees = try await differ.diff()
      #expect(
        byThrees.fields == diff.fields && Set(byThrees.entries) == Set(diff.entries), "old values, three at a time")

      // d10 gets a newer live output, d20 is deleted.
      try await log.produce(input, [("d10", "newer text 10")])
      try await log.produce(output, [("d20", nil)])
      try await log.wait("live is through") { try await log.isAcknowledged(live.group, input) }
      let promotion = try await replays.promote(plan.id)
      #expect(promotion.written == 98 && promotion.newer == 1 && promotion.deleted == 1, "\(promotion)")
      func summaries() async throws -> [String: String?] {
        var found: [String: String?] = [:]
        for record in try await log.read(output) {
          found[String(decoding: record.key!, as: UTF8.self)] = .some(
            record.value.flatMap { try? JSONValue(parsing: $0)["summary"]?.string })
        }
        return found
      }
      var now = try await summaries()
      #expect(now["d30"] == "text 30 by 2")
      #expect(now["d31"] == "text 31 by 1")
      #expect(now["d10"]??.hasPrefix("newer text 10") == true)
      #expect(now["d20"] == .some(nil))
      let back = try await replays.rollback(plan.id)
      #expect(back.written == 98)
      now = try await summaries()
      #expect(now["d30"] == "text 30 by 1")
      #expect(now["d10"]??.hasPrefix("newer text 10") == true)
      #expect(try await replays.list().map(\.state) == [.complete, .rolledBack])

      stop.raise()
      try await replaying.value
      try await service.stop()
    }
  }

  @Test func G13_pauseResumeAbortAndAFrozenEnd() async throws {
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 2)
      let output = try await log.makeTopic("out", partitions: 2)
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      var live = ProcessorConfiguration(name: log.name("summarise"), inputTopics: [input])
      live.commitInterval = .milliseconds(20)
      let paid = PaidCalls()
      let target = Target(configuration: live, output: output, paid: paid)
      try await log.produce(input, (0..<60).map { (key: "d\($0)", value: "text \($0)") })
      // The journal of the live processor must be there to be looked into.
      _ = try await log.withAdmin {
        try await $0.createTopic(NewTopic(live.journalTopic!, partitions: 2, replicationFactor: 1))
      }
      let replayer = ReplayService(kafka: log.kafka, targets: [target], controlTopic: control)
      let stop = AsyncSignal()
      let replaying = Task.detached { try await replayer.run(until: stop) }
      let replays = Replays(kafka: log.kafka, targets: [target], controlTopic: control)
      var request = ReplayRequest(processor: live.name)
      request.perSecond = 12
      let plan = try await replays.plan(request)
      #expect(plan.seconds == 5)
      // What comes after the plan is not part of it.
      try await log.produce(input, (60..<90).map { (key: "d\($0)", value: "text \($0)") })
      _ = try await replays.run(plan.hash)
      try await log.wait("it runs") { paid.count > 5 }
      _ = try await replays.pause(plan.id)
      try await log.wait("it stands") {
        let before = paid.count
        try await Task.sleep(for: .milliseconds(400))
        return paid.count == before
      }
      #expect(paid.count < 60)
      _ = try await replays.resume(plan.id)
      try await log.wait("it is complete") { try await replays.status(plan.id).run.state == .complete }
      #expect(paid.count == 60)
      #expect(try await log.read("\(output).r\(plan.id)").count == 60)
      #expect(try await log.read(output).isEmpty)

      var sample = ReplayRequest(processor: live.name)
      sample.keys = ["d1", "d2", "d3"]
      let small = try await replays.plan(sample)
      #expect(small.records == 3)
      _ = try await replays.abort(small.id)
      await #expect(throws: ProcessorError.self) { try await replays.run(small.hash) }
      stop.raise()
      try await replaying.value
    }
  }

  @Test func differencesAreNamedByPath() throws {
    let old = try JSONValue(parsing: #"{"a":1,"b":{"c":2,"d":[1,2]},"provenance":{"milliseconds":5}}"#)
    let new = try JSONValue(parsing: #"{"a":1,"b":{"c":3,"d":[1,2]},"provenance":{"milliseconds":9},"e":null}"#)
    #expect(ReplayDiff.differences(old, new, ignoring: ReplayDiff.volatileFields) == ["b.c", "e"])
  }
}
