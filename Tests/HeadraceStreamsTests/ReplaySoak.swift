import Foundation
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

/// A replay of many documents, with its figures; run by `ops/soak/replay`.
@Suite(
  .serialized, .timeLimit(.minutes(30)),
  .enabled(if: ProcessInfo.processInfo.environment["HEADRACE_SOAK"] != nil, "HEADRACE_SOAK is not set"))
struct ReplaySoak {
  /// Documents; 100,000 by default, another number by `HEADRACE_TEST_DOCUMENTS`.
  static let documents =
    ProcessInfo.processInfo.environment["HEADRACE_TEST_DOCUMENTS"].flatMap { Int($0) } ?? 100_000

  /// A model whose answers take a while, differ in length, and are billed by the token.
  final class Model: Sendable {
    private let bill = Mutex((calls: 0, nanos: Int64(0)))
    private let latency = Mutex(Duration.milliseconds(2))
    var calls: Int { bill.withLock { $0.calls } }
    var spent: Int64 { bill.withLock { $0.nanos } }
    func setLatency(_ duration: Duration) { latency.withLock { $0 = duration } }

    static let outputTokens = 50...150
    static func inputTokens(_ text: String) -> Int { 400 + text.utf8.count / 4 }
    static func cost(_ input: Int, _ output: Int) -> Int64 { Int64(input) * 150 + Int64(output) * 600 }

    func answer(_ text: String, _ version: String) async throws -> CallResult {
      let (input, output) = (Self.inputTokens(text), Int.random(in: Self.outputTokens))
      let cost = Self.cost(input, output)
      bill.withLock { $0 = ($0.calls + 1, $0.nanos + cost) }
      try await Task.sleep(for: latency.withLock { $0 })
      return CallResult(
        response: Data("\(text) by \(version)".utf8),
        usage: CallUsage(inputTokens: input, outputTokens: output, cost: Money(nanos: cost)))
    }
  }

  /// Prompt version "2" changes one document in twenty, "3" all of them.
  struct Summarise: Processor {
    let output: String
    let prompt: String
    let model: Model

    static func version(_ text: String, _ prompt: String) -> String {
      switch prompt {
      case "3": "3"
      case "2" where Int(text.split(separator: " ").last ?? "").map({ $0 % 20 == 0 }) == true: "2"
      default: "1"
      }
    }

    static func fingerprint(_ text: String, _ prompt: String) -> CallFingerprint {
      CallFingerprint(parts: [("text", text), ("prompt", version(text, prompt))])
    }

    func handle(_ record: InputRecord<[UInt8]?>, context: ProcessorContext) async throws -> Outputs {
      let text = String(decoding: record.value ?? [], as: UTF8.self)
      let (result, _) = try await context.result(for: Self.fingerprint(text, prompt)) { [model, prompt] in
        try await model.answer(text, Self.version(text, prompt))
      }
      let data: JSONValue = ["summary": .string(String(decoding: result.response, as: UTF8.self))]
      return [
        Output(
          topic: output, key: record.key, value: data.bytes,
          headers: [RecordHeader("ce_id", context.eventID(0)), RecordHeader("ce_source", context.eventSource)])
      ]
    }
  }

  struct Target: ReplayTarget {
    var configuration: ProcessorConfiguration
    var output: String
    var model: Model
    var outputTopics: [String] { [output] }

    func processor(for request: ReplayRequest) throws -> any Processor {
      Summarise(output: output, prompt: request.parameters["prompt"] ?? "1", model: model)
    }

    func plannedCalls(for record: RawRecord, request: ReplayRequest) async throws -> [PlannedCall] {
      let text = String(decoding: record.value ?? [], as: UTF8.self)
      let input = Model.inputTokens(text)
      let tokens = Model.outputTokens
      return [
        PlannedCall(
          fingerprint: Summarise.fingerprint(text, request.parameters["prompt"] ?? "1"), inputTokens: input,
          outputTokens: tokens, cost: Model.cost(input, tokens.lowerBound)...Model.cost(input, tokens.upperBound))
      ]
    }
  }

  @Test(arguments: LogChoice.all)
  func G05_G13_aReplayOfManyDocuments(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let documents = Self.documents
      let input = try await log.makeTopic("in", partitions: 8)
      let output = try await log.makeTopic("out", partitions: 8, configs: ["cleanup.policy": "compact"])
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      var live = ProcessorConfiguration(name: log.name("summarise"), inputTopics: [input])
      live.commitInterval = .milliseconds(20)
      live.slots = 100
      let model = Model()
      let target = Target(configuration: live, output: output, model: model)
      func say(_ text: String) { print("replay on \(choice.testDescription): \(text)") }

      for start in stride(from: 0, to: documents, by: 10_000) {
        try await log.produce(
          input, (start..<min(start + 10_000, documents)).map { (key: "d\($0)", value: "text \($0)") })
      }
      let began = ContinuousClock.now
      let service = RunningService(
        ProcessorService(Summarise(output: output, prompt: "1", model: model), configuration: live, kafka: log.kafka))
      try await log.wait("live is through", for: .seconds(600)) {
        service.service.status().committed >= documents
      }
      try await log.wait("live is through", for: .seconds(60)) { try await log.isAcknowledged(live.group, input) }
      #expect(model.calls == documents)
      say("\(documents) documents live in \((ContinuousClock.now - began).seconds) s, \(model.calls) calls paid")

      let replayer = ReplayService(kafka: log.kafka, targets: [target], controlTopic: control)
      let stop = AsyncSignal()
      let replaying = Task.detached { try await replayer.run(until: stop) }
      let replays = Replays(kafka: log.kafka, targets: [target], controlTopic: control)
      func isComplete(_ id: String) async throws -> Bool { try await replays.status(id).run.state == .complete }

      // The same prompt pays for nothing.
      var same = ReplayRequest(processor: live.name)
      same.permitShare = 1
      let samePlan = try await replays.plan(same)
      #expect(samePlan.journalHits == documents && samePlan.journalMisses == 0 && samePlan.mostCost.nanos == 0)
      let sameBegan = ContinuousClock.now
      _ = try await replays.run(samePlan.hash)
      try await log.wait("it is complete", for: .seconds(600)) { try await isComplete(samePlan.id) }
      #expect(model.calls == documents, "an identical replay pays for nothing")
      let seconds = (ContinuousClock.now - sameBegan).seconds
      say("the same prompt: \(model.calls - documents) calls paid, \(Int(Double(documents) / seconds)) records/s")

      // A prompt that changes five in a hundred pays for those, at about the plan's price.
      var changed = same
      changed.parameters = ["prompt": "2"]
      let plan = try await replays.plan(changed)
      let expected = documents / 20
      #expect(plan.journalMisses == expected)
      let spentBefore = model.spent
      _ = try await replays.run(plan.hash)
      try await log.wait("it is complete", for: .seconds(600)) { try await isComplete(plan.id) }
      #expect(model.calls == documents + expected)
      let (cost, spent) = (Double(plan.leastCost.nanos + plan.mostCost.nanos) / 2, Double(model.spent - spentBefore))
      #expect(abs(cost - spent) <= 0.1 * spent, "planned \(cost), spent \(spent)")
      #expect(spent >= Double(plan.leastCost.nanos) && spent <= Double(plan.mostCost.nanos))
      let diffBegan = ContinuousClock.now
      let diff = try await replays.diff(plan.id)
      let diffSeconds = (ContinuousClock.now - diffBegan).seconds
      say("compared in \(String(format: "%.1f", diffSeconds)) s")
      // Old values read one by one took 50 ms each.
      #expect(diffSeconds < 20 + Double(documents) / 1_000)
      #expect(diff.changed == expected && diff.equal == documents - expected && diff.missing + diff.extra == 0)
      say(
        "another prompt for 5 %: \(model.calls - documents) calls paid, planned \(plan.journalMisses); planned cost "
          + "\(plan.leastCost) to \(plan.mostCost), spent \(Money(nanos: Int64(spent))), middle off by "
          + String(format: "%.1f %%", abs(cost / spent - 1) * 100))

      // Live traffic beside a replay that pays for everything, at a fifth of the permits.
      model.setLatency(.milliseconds(100))
      var full = ReplayRequest(processor: live.name)
      full.parameters = ["prompt": "3"]
      let fullPlan = try await replays.plan(full)
      var without: [Duration] = []
      var with: [Duration] = []
      var handled: Int64 = 0
      for round in 0..<3 {
        without += try await LatencyProbe.measure(log, input, output, round: 2 * round)
        let doneBefore = try await replays.status(fullPlan.id).done
        _ = round == 0 ? try await replays.run(fullPlan.hash) : try await replays.resume(fullPlan.id)
        try await log.wait("the replay runs") { try await replays.status(fullPlan.id).done > doneBefore }
        with += try await LatencyProbe.measure(log, input, output, round: 2 * round + 1)
        handled += try await replays.status(fullPlan.id).done - doneBefore
        _ = try await replays.pause(fullPlan.id)
      }
      _ = try await replays.abort(fullPlan.id)
      let (quiet, busy) = (LatencyProbe.percentile(without, 0.99), LatencyProbe.percentile(with, 0.99))
      let ratio = busy / quiet
      say(
        "live p99 \(String(format: "%.0f ms without, %.0f ms", quiet * 1_000, busy * 1_000)) beside a replay at 20 % "
          + "(\(handled) records meanwhile): ratio \(String(format: "%.2f", ratio)); p50 "
          + String(
            format: "%.0f and %.0f ms", LatencyProbe.percentile(without, 0.5) * 1_000,
            LatencyProbe.percentile(with, 0.5) * 1_000))
      #expect(ratio <= 1.2, "live p99 beside a replay")

      // Live for all to see, and back.
      model.setLatency(.milliseconds(2))
      let promoted = try await replays.promote(plan.id)
      #expect(promoted.written + promoted.newer == documents, "\(promoted)")
      func changedDocuments() async throws -> Int {
        var last: [[UInt8]: Bool] = [:]
        for record in try await log.read(output) {
          last[record.key!] = record.value.map { String(decoding: $0, as: UTF8.self).contains(" by 2") } ?? false
        }
        return last.values.count { $0 }
      }
      #expect(try await changedDocuments() == expected)
      let back = try await replays.rollback(plan.id)
      #expect(back.written + back.replaced == documents, "\(back)")
      #expect(try await changedDocuments() == 0)
      say("promoted \(promoted), taken back \(back)")
      stop.raise()
      try await replaying.value
      try await service.stop()
    }
  }
}

/// Records of its own among the live traffic, and how long until their outputs are visible.
enum LatencyProbe {
  static func measure(_ log: TestLog, _ input: String, _ output: String, round: Int) async throws -> [Duration] {
    let count = 1_000
    let sent = Mutex<[String: ContinuousClock.Instant]>([:])
    var configuration = log.kafka
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.fetchMaximumWait = .milliseconds(10)
    let partitions = try await log.withAdmin { try await $0.describeTopics([output]).first!.partitions.map(\.id) }
    let ends = try await log.withAdmin { try await $0.watermarks(of: partitions.map { TopicPartition(output, $0) }) }
    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.assign(ends.map { PartitionStart($0.key, .at($0.value.high)) })
    let sending = Task.detached {
      let producer = try KafkaProducer(configuration: log.kafka)
      let began = ContinuousClock.now
      for index in 0..<count {
        // A hundred a second.
        try await Task.sleep(until: began + .milliseconds(10) * index)
        let key = "probe \(round) \(index)"
        sent.withLock { $0[key] = .now }
        try await producer.enqueue(ProducerRecord(topic: input, key: Array(key.utf8), value: Array("\(key)1".utf8)))
      }
      _ = await producer.close(deadline: .seconds(10))
    }
    var latencies: [Duration] = []
    for try await batch in consumer.batches {
      let now = ContinuousClock.now
      for record in batch {
        guard let began = sent.withLock({ $0.removeValue(forKey: String(decoding: record.key ?? [], as: UTF8.self)) })
        else { continue }
        latencies.append(now - began)
      }
      if latencies.count == count { break }
    }
    try await sending.value
    _ = await consumer.close(deadline: .seconds(5))
    return latencies
  }

  /// In seconds.
  static func percentile(_ latencies: [Duration], _ share: Double) -> Double {
    let sorted = latencies.sorted()
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))].seconds
  }
}
