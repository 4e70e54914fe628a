import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

/// Promises that need a log to be kept on.
@Suite(.timeLimit(.minutes(5)))
struct GuaranteeTests {
  @Test(arguments: LogChoice.all)
  func G06_memoryStaysWithinItsBudgetWhateverTheTopicHolds(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let partitions = 12
      let input = try await log.makeTopic("in", partitions: partitions)
      // 8 MB behind slow handlers with a budget of 512 KiB.
      let value = String(repeating: "x", count: 4_000)
      try await log.produce(input, (0..<2_000).map { (key: "k\($0 % 60)", value: value) })
      var configuration = ProcessorConfiguration(name: log.name("slow"), inputTopics: [input])
      configuration.bufferBytes = 512 << 10
      configuration.slots = 50
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { _, _ in
          try await Task.sleep(for: .milliseconds(2))
          return .none
        })
      var highest = 0
      var mostWaiting = 0
      try await log.wait("all acknowledged", for: .seconds(120)) {
        let status = service.service.status()
        highest = max(highest, status.bufferedBytes)
        mostWaiting = max(mostWaiting, status.partitions.reduce(0) { $0 + $1.waiting })
        guard status.committed >= 2_000 else { return false }
        return try await log.isAcknowledged(configuration.group, input)
      }
      try await service.stop()
      #expect(highest > 0)
      #expect(highest <= configuration.bufferBytes + partitions * 4_000, "with the windows' bitmaps: \(highest)")
      #expect(mostWaiting < 300)
    }
  }

  @Test(arguments: LogChoice.all)
  func G09_aPartitionIsGivenBackWithinItsBudgetWhileCallsHang(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 2)
      try await log.produce(input, (0..<40).map { (key: "k\($0)", value: "v") })
      var configuration = ProcessorConfiguration(name: log.name("hang"), inputTopics: [input])
      configuration.shutdownBudget = .zero
      let first = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { _, _ in
          try await Task.sleep(for: .seconds(120))
          return .none
        })
      try await log.wait("handlers hang") { first.service.status().slotsBusy == 40 }
      let began = ContinuousClock.now
      let second = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { _, _ in .none })
      try await log.wait("the second member has its partition") { second.service.status().partitions.count == 1 }
      // Joining itself takes the heartbeat interval until the first member hears of it.
      #expect(ContinuousClock.now - began < configuration.revokeBudget + .seconds(10))
      let stopping = ContinuousClock.now
      try await first.stop()
      #expect(ContinuousClock.now - stopping < .seconds(15))
      try await log.wait("the second one does the rest") { try await log.isAcknowledged(configuration.group, input) }
      try await second.stop()
    }
  }

  @Test(arguments: LogChoice.all)
  func G12_foreignMetadataIsIgnoredAndTheOffsetItselfCounts(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      try await log.produce(input, (0..<10).map { (key: "k\($0)", value: "\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("read"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      // Ours, but for another offset: what a tool leaves behind that moves offsets.
      let metadata = AckMetadata.encode(Ledger(base: 2, top: 10, done: [3..<10]), nonce: 7)
      _ = try await log.withAdmin {
        try await $0.alterCommittedOffsets(
          of: configuration.group, to: [PartitionOffset(TopicPartition(input, 0), 4, metadata: metadata)])
      }
      let seen = Collected<Int64>()
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
          seen.append(record.coordinate.offset)
          return .none
        })
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()
      #expect(seen.all.sorted() == [4, 5, 6, 7, 8, 9])
    }
  }

  @Test(arguments: LogChoice.all)
  func sparseAcknowledgementsSurviveAStop(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      try await log.produce(input, (0..<50).map { (key: "k\($0)", value: "\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("sparse"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      configuration.shutdownBudget = .zero
      let handled = Mutex<[Int64: Int]>([:])
      for isBlocked in [true, false] {
        let service = RunningService(
          ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
            if isBlocked, record.coordinate.offset % 10 == 0 { try await Task.sleep(for: .seconds(100)) }
            handled.withLock { $0[record.coordinate.offset, default: 0] += 1 }
            return [Output(topic: output, key: record.key, value: record.value)]
          })
        if isBlocked {
          try await log.wait("45 outputs") { try await log.read(output).count == 45 }
          let lag = try await LagReporter(kafka: log.kafka, controlTopic: nil).report(groups: [configuration.group])
          #expect(lag.map(\.pending) == [5])
          #expect(lag.map(\.base) == [0])
        } else {
          try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
        }
        try await service.stop()
      }
      #expect(handled.withLock { $0.count } == 50)
      #expect(handled.withLock { $0.values.allSatisfy { $0 == 1 } })
      #expect(try await log.read(output).count == 50)
    }
  }

  @Test(arguments: LogChoice.all)
  func G14_aGracefulStopWaitsForItsHandlersWithinItsBudget(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      try await log.produce(input, [("quick", "1"), ("slow", "2")])
      var configuration = ProcessorConfiguration(name: log.name("stop"), inputTopics: [input])
      configuration.shutdownBudget = .seconds(3)
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
          try await Task.sleep(for: record.keyText == "quick" ? .milliseconds(700) : .seconds(100))
          return [Output(topic: output, key: record.key, value: record.value)]
        })
      try await log.wait("both in progress") { service.service.status().slotsBusy == 2 }
      let began = ContinuousClock.now
      try await service.stop()
      let took = ContinuousClock.now - began
      #expect(took > .milliseconds(600) && took < .seconds(20), "\(took)")
      // The quick one was waited for and committed; the other one is left to the next owner.
      #expect(try await log.read(output).map(\.key) == [Array("quick".utf8)])
    }
  }

  @Test func G07_attemptsSurviveARestart() async throws {
    struct Flaky: ClassifiedError {
      var failureClass: FailureClass { .bug }
      var reason: String { "flaky" }
    }
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      try await log.produce(input, [("a", "1")])
      var configuration = ProcessorConfiguration(name: log.name("flaky"), inputTopics: [input])
      configuration.retry = RetryPolicy(maximumAttempts: 4, firstDelay: .seconds(2), longestDelay: .seconds(2))
      configuration.commitInterval = .milliseconds(10)
      let attempts = Collected<Int>()
      var rounds = 0
      while attempts.all.count < 4, rounds < 8 {
        rounds += 1
        let before = attempts.all.count
        let service = RunningService(
          ProcessorService(configuration: configuration, kafka: log.kafka) { _, context in
            attempts.append(context.attempt)
            throw Flaky()
          })
        try await log.wait("one more attempt") { attempts.all.count > before }
        try await log.wait("it is noted") { service.service.status().slotsBusy == 0 }
        try await service.stop()
      }
      #expect(attempts.all == [1, 2, 3, 4])
      let letters = Collected<DeadLetter>()
      try await DeadLetters(kafka: log.kafka).list(input) {
        letters.append($0); return true
      }
      #expect(letters.all.map(\.attempts) == [4])
    }
  }
}
