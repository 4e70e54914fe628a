import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

/// Other ways to run a processor.
@Suite(.timeLimit(.minutes(5)))
struct ModesTests {
  @Test(arguments: LogChoice.all)
  func atLeastOnceWritesAndAcknowledges(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in")
      let output = try await log.makeTopic("out")
      try await log.produce(input, (0..<500).map { (key: "k\($0 % 9)", value: "\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("copy"), inputTopics: [input])
      configuration.guarantee = .atLeastOnce
      configuration.order = .none
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
          [Output(topic: output, key: record.key, value: record.value)]
        })
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()
      #expect(try await log.read(output).count == 500)
    }
  }

  @Test func filtersDecodeNothingAndAcknowledge() async throws {
    struct Picky: Processor {
      struct Order: Decodable, Sendable { var amount: Int }
      let output: String
      func accepts(_ record: RawRecord) -> Bool { record.header("kind") == nil && record.keyText != "skip" }
      func handle(_ record: InputRecord<Order>, context: ProcessorContext) async throws -> Outputs {
        [Output(topic: output, key: record.key, value: Array("\(record.value.amount)".utf8))]
      }
    }
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      try await log.produce(
        input, [("skip", "not json"), ("a", #"{"amount":5}"#), ("b", "not json either"), ("c", #"{"amount":7}"#)])
      var configuration = ProcessorConfiguration(name: log.name("picky"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      let service = RunningService(
        ProcessorService(Picky(output: output), configuration: configuration, kafka: log.kafka))
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()
      #expect(try await log.read(output).map { String(decoding: $0.value!, as: UTF8.self) }.sorted() == ["5", "7"])
      let letters = Collected<DeadLetter>()
      try await DeadLetters(kafka: log.kafka).list(input) {
        letters.append($0); return true
      }
      #expect(letters.all.map(\.reason) == ["undecodable"])
      #expect(letters.all.map(\.failureClass) == [.content])
    }
  }

  @Test func newestOfKeySkipsWhatWasOvertaken() async throws {
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      try await log.produce(input, (0..<100).map { (key: "k", value: "\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("newest"), inputTopics: [input])
      configuration.newestOfKey = true
      configuration.commitInterval = .milliseconds(10)
      let handled = Collected<String>()
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
          handled.append(String(decoding: record.value!, as: UTF8.self))
          try await Task.sleep(for: .milliseconds(300))
          return .none
        })
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()
      #expect(handled.all.last == "99")
      #expect(handled.all.count < 10)
    }
  }

  @Test func batchesHaveAnOutcomeForEachRecord() async throws {
    struct Bulk: BatchProcessor {
      let output: String
      let sizes: Collected<Int>
      func handle(_ records: [BatchRecord<[UInt8]?>]) async throws -> [BatchOutcome] {
        sizes.append(records.count)
        return records.map { entry in
          let text = String(decoding: entry.record.value ?? [], as: UTF8.self)
          if text == "13" { return .failed(ProcessorTests.Refused(failureClass: .content)) }
          return .done([Output(topic: output, key: entry.record.key, value: entry.record.value)])
        }
      }
    }
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 2)
      let output = try await log.makeTopic("out", partitions: 2)
      try await log.produce(input, (0..<200).map { (key: "k\($0)", value: "\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("bulk"), inputTopics: [input])
      configuration.slots = 100
      configuration.commitInterval = .milliseconds(10)
      let sizes = Collected<Int>()
      let service = RunningService(
        ProcessorService(
          Batching(Bulk(output: output, sizes: sizes), size: 25), configuration: configuration, kafka: log.kafka))
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()
      #expect(try await log.read(output).count == 199)
      #expect(sizes.all.max()! <= 25)
      #expect(sizes.all.count < 60, "batches, not single records: \(sizes.all)")
    }
  }

  @Test func pauseAndResumeReachEveryProcessByTheControlTopic() async throws {
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 2)
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      var configuration = ProcessorConfiguration(name: log.name("paused"), inputTopics: [input])
      configuration.controlTopic = control
      configuration.commitInterval = .milliseconds(10)
      let services = (0..<2).map { _ in
        RunningService(ProcessorService(configuration: configuration, kafka: log.kafka) { _, _ in .none })
      }
      try await log.wait("both run") { services.allSatisfy { $0.service.status().state == .running } }
      let processors = ProcessorControl(kafka: log.kafka, topic: control)
      try await processors.pause(configuration.name)
      try await log.wait("both pause") { services.allSatisfy { $0.service.status().state == .paused } }
      try await log.produce(input, (0..<50).map { (key: "k\($0)", value: "\($0)") })
      try await log.wait("the records wait") { services.reduce(0) { $0 + $1.service.status().pending } == 50 }
      #expect(services.allSatisfy { $0.service.status().committed == 0 })
      #expect(services.contains { $0.service.status().whyNotFaster == .permit })
      try await processors.resume(configuration.name)
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await log.wait("they tell of themselves") {
        try await processors.describe(configuration.name)?.replicas.count == 2
      }
      #expect(try await processors.describe(configuration.name)?.isPaused == false)
      for service in services { try await service.stop() }
    }
  }

  @Test func aStuckHandlerIsCancelledAndCounted() async throws {
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      try await log.produce(input, [("stuck", "1"), ("fine", "2")])
      var configuration = ProcessorConfiguration(name: log.name("stuck"), inputTopics: [input])
      configuration.handlerDeadline = .milliseconds(300)
      configuration.retry = RetryPolicy(maximumAttempts: 2, firstDelay: .milliseconds(10))
      configuration.commitInterval = .milliseconds(10)
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
          if record.keyText == "stuck" { try await Task.sleep(for: .seconds(1_000)) }
          return .none
        })
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      #expect(service.service.status().stuckHandlers == 2)
      #expect(service.service.status().deadLetters == 1)
      try await service.stop()
      let letters = Collected<DeadLetter>()
      try await DeadLetters(kafka: log.kafka).list(input) {
        letters.append($0); return true
      }
      #expect(letters.all.map(\.reason) == ["deadline_exceeded"])
    }
  }
}
