import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

/// Members that come, go and hand partitions over.
@Suite("Groups", .timeLimit(.minutes(3 * TestKafka.patience)))
struct GroupTests {
  /// Commits what was handled when partitions go, and writes down what happened.
  final class Diary: RebalanceDelegate {
    let entries = Mutex<[String]>([])
    let assigned = Mutex<Set<TopicPartition>>([])
    let start: StartOffset?

    init(start: StartOffset? = nil) { self.start = start }

    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart] {
      entries.withLock { $0.append("assigned \(partitions.map(\.partition).sorted())") }
      assigned.withLock { $0.formUnion(partitions) }
      return start.map { start in partitions.map { PartitionStart($0, start) } } ?? []
    }

    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
      entries.withLock { $0.append("revoked \(partitions.map(\.partition).sorted())") }
      assigned.withLock { $0.subtract(partitions) }
    }

    func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
      entries.withLock { $0.append("lost \(partitions.map(\.partition).sorted())") }
      assigned.withLock { $0.subtract(partitions) }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func theAssignedHookSaysWhereToStart(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<50).map(String.init))
      let diary = Diary(start: .at(42))
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()), rebalance: diary)
      try await consumer.subscribe(to: [topic])
      var iterator = consumer.records.makeAsyncIterator()
      #expect(try await iterator.next()?.offset == 42)
      #expect(consumer.memberID != nil)
      #expect(try await consumer.assignment() == [TopicPartition(topic, 0)])
      #expect(try await consumer.subscription() == [topic])
      await consumer.close()
      #expect(diary.entries.withLock { $0 } == ["assigned [0]", "revoked [0]"])
    }
  }

  @Test(arguments: TestKafka.brokers, [KafkaConfiguration.Assignor.range, .cooperativeSticky])
  func partitionsMoveWithoutLossOrRepeats(
    broker: TestKafka.Broker, assignor: KafkaConfiguration.Assignor
  ) async throws {
    try await broker.withTopic(partitions: 6) { topic in
      let group = uniqueName()
      let counts = Counts()
      let total = 6_000
      func member() async throws -> (KafkaConsumer, Task<Void, any Error>) {
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: group) {
            $0.consumer.assignor = assignor
            $0.consumer.batchRecords = 20
          }, rebalance: Diary())
        let task = Task {
          try await consumer.subscribe(to: [topic])
          try await consumer.run { batch in
            counts.note(batch)
            do {
              try await consumer.commit(batch)
            } catch let error as KafkaError where [.rebalanceInProgress, .illegalGeneration].contains(error.code) {
              // Between the group's answers: offsets are committed by the batches that follow or read again.
              counts.missed(batch)
            }
          }
        }
        return (consumer, task)
      }
      let writer = Task {
        try await withKafkaProducer(broker.configuration()) { producer in
          for index in 0..<total {
            try await producer.enqueue(
              ProducerRecord(topic: topic, partition: Int32(index % 6), key: nil, value: "\(index / 6)"))
            if index % 60 == 0 { try await Task.sleep(for: .milliseconds(60)) }
          }
        }
      }
      let (first, firstTask) = try await member()
      try await eventually(within: .seconds(40)) { counts.total > 0 }
      let (second, secondTask) = try await member()
      try await eventually(within: .seconds(40)) { counts.total > 1_500 }
      await first.close()
      try await firstTask.value
      let (third, thirdTask) = try await member()
      try await writer.value
      try await eventually(within: .seconds(40)) { counts.distinct == total }
      for consumer in [second, third] { await consumer.close() }
      try await secondTask.value
      try await thirdTask.value
      #expect(counts.distinct == total)
      #expect(counts.disorder == 0)
      // Graceful changes repeat nothing but what could not be committed in the middle of one.
      #expect(counts.total - total <= counts.uncommitted, "\(counts.total - total) repeats")
    }
  }

  /// What all members have seen.
  final class Counts: Sendable {
    private struct State {
      var seen: [TopicPartition: Set<Int64>] = [:]
      var last: [TopicPartition: Int64] = [:]
      var total = 0
      var disorder = 0
      var uncommitted = 0
    }
    private let state = Mutex(State())

    func note(_ batch: KafkaBatch) {
      state.withLock { state in
        for record in batch {
          let place = record.topicPartition
          state.total += 1
          let isNew = state.seen[place, default: []].insert(record.offset).inserted
          if isNew {
            if let last = state.last[place], record.offset != last + 1 { state.disorder += 1 }
            state.last[place] = record.offset
          }
        }
      }
    }
    func missed(_ batch: KafkaBatch) { state.withLock { $0.uncommitted += batch.count } }
    var total: Int { state.withLock { $0.total } }
    var distinct: Int { state.withLock { $0.seen.values.reduce(0) { $0 + $1.count } } }
    var disorder: Int { state.withLock { $0.disorder } }
    var uncommitted: Int { state.withLock { $0.uncommitted } }
  }

  /// librdkafka counts as read what waited in the slot and what was fetched while closing.
  @Test(arguments: TestKafka.brokers, [KafkaConfiguration.Assignor.range, .cooperativeSticky])
  func G01_whatACloseDropsIsNotCommitted(
    broker: TestKafka.Broker, assignor: KafkaConfiguration.Assignor
  ) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<3_000).map(String.init))
      let group = uniqueName()
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: group) {
          $0.consumer.assignor = assignor
          $0.consumer.batchRecords = 10
        }, rebalance: SoakTests.PositionsOnRevoke())
      try await consumer.subscribe(to: [topic])
      var next: [PartitionOffset] = []
      while next.isEmpty, let batch = try await consumer.nextBatch() { next = batch.nextOffsets }
      // Long enough for the thread to put the next batch into the slot.
      try await Task.sleep(for: .milliseconds(100))
      await consumer.close()
      let committed = try await TestKafka.admin(broker).committedOffsets(of: group)
      #expect(committed.map(\.offset) == next.map(\.offset))
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aHookThatHangsIsOvertaken(broker: TestKafka.Broker) async throws {
    struct Stuck: RebalanceDelegate {
      func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
        try? await Task.sleep(for: .seconds(20))
      }
    }
    try await broker.withTopic { topic in
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: uniqueName()) { $0.consumer.revokeDeadline = .seconds(1) },
        rebalance: Stuck())
      try await consumer.subscribe(to: [topic])
      try await broker.fill(topic, ["x"])
      for try await batch in consumer.batches where !batch.isEmpty { break }
      let report = await consumer.close(deadline: .seconds(8))
      #expect(report.isComplete)
      #expect(report.elapsed < .seconds(6))
    }
  }

  @Test(arguments: TestKafka.brokers, [KafkaConfiguration.Assignor.range, .cooperativeSticky])
  func closingWhileJoiningEnds(broker: TestKafka.Broker, assignor: KafkaConfiguration.Assignor) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      for wait in [0, 20, 150] {
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: uniqueName()) { $0.consumer.assignor = assignor })
        try await consumer.subscribe(to: [topic])
        try await Task.sleep(for: .milliseconds(wait))
        let report = await consumer.close(deadline: .seconds(15))
        #expect(report.isComplete, "\(report)")
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func patternsSubscribeToEveryMatchingTopic(broker: TestKafka.Broker) async throws {
    let prefix = uniqueName("pattern")
    let admin = try await TestKafka.admin(broker)
    let names = ["\(prefix)-a", "\(prefix)-b"]
    for name in names { try await admin.createTopic(NewTopic(name, partitions: 1)) }
    for name in names { try await broker.fill(name, [name]) }
    let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()))
    try await consumer.subscribe(to: ["^\(prefix)-.*"])
    var seen: Set<String> = []
    for try await record in consumer.records {
      seen.insert(record.valueText ?? "")
      if seen.count == 2 { break }
    }
    #expect(seen == Set(names))
    await consumer.close()
    _ = try await admin.deleteTopics(names)
  }
}
