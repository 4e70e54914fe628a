import FoundationEssentials
import HeadraceCore
import Synchronization
import Testing

@testable import HeadraceKafka

/// Readers and hooks at the moments where two things happen at once.
@Suite("Readers", .timeLimit(.minutes(2 * TestKafka.patience)))
struct ReaderTests {
  /// A door that opens once.
  final class Gate: Sendable {
    private let flag = Atomic<Bool>(false)
    func open() { flag.store(true, ordering: .releasing) }
    var isOpen: Bool { flag.load(ordering: .acquiring) }
    func pass() async { while !isOpen { try? await Task.sleep(for: .milliseconds(5)) } }
  }

  // MARK: Hooks

  /// While its hook runs, the hook of an earlier rebalance answers, which was overtaken by its deadline.
  struct AnsweredLate: RebalanceDelegate {
    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart] {
      consumer.loop.answer([], to: 0)
      // Long enough for the polling thread to go on with that, were it the answer.
      try? await Task.sleep(for: .milliseconds(300))
      return partitions.map { PartitionStart($0, .at(42)) }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func anOvertakenHookDoesNotAnswerForTheNextOne(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<50).map(String.init))
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: uniqueName()) { $0.consumer.revokeDeadline = .seconds(30) },
        rebalance: AnsweredLate())
      try await consumer.subscribe(to: [topic])
      for try await record in consumer.records {
        #expect(record.offset == 42)
        break
      }
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aGracefulShutdownWaitsForTheHandlerBeforePartitionsGo(broker: TestKafka.Broker) async throws {
    final class Order: RebalanceDelegate {
      let entries = Mutex<[String]>([])
      func note(_ entry: String) { entries.withLock { $0.append(entry) } }
      func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async { note("revoked") }
    }
    struct Reading: Service {
      let consumer: KafkaConsumer
      let handler: @Sendable (KafkaBatch) async throws -> Void
      func run() async throws { try await consumer.run(handler) }
    }
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["x"])
      let order = Order()
      let (entered, leave) = (Gate(), Gate())
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()), rebalance: order)
      try await consumer.subscribe(to: [topic])
      let group = ServiceGroup(
        [
          Reading(consumer: consumer) { batch in
            guard !batch.isEmpty else { return }
            entered.open()
            await leave.pass()
            order.note("handled")
          }
        ], configuration: .init())
      let running = Task { try await group.run() }
      await entered.pass()
      group.triggerGracefulShutdown()
      let closing = Task { await consumer.close(deadline: .seconds(20)) }
      // Long enough for a close that doesn't wait for the handler to have given the partition back.
      try await Task.sleep(for: .milliseconds(500))
      leave.open()
      #expect(await closing.value.isComplete)
      try await running.value
      #expect(order.entries.withLock { $0 } == ["handled", "revoked"])
    }
  }

  @Test func aShutdownThatComesBetweenTwoBatchesIsNotLost() async throws {
    let broker = try #require(TestKafka.brokers.first)
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["x"])
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
      // As if the shutdown came while the handler runs: no reader waits that could be told.
      try await consumer.run { batch in if !batch.isEmpty { consumer.loop.interrupt() } }
      // The next reader is another one.
      try await broker.fill(topic, ["y"])
      for try await record in consumer.records {
        #expect(record.valueText == "y")
        break
      }
      await consumer.close()
    }
  }

  // MARK: Streams of partitions

  /// One batch of one partition with `count` records.
  private func batch(_ count: Int, _ broker: TestKafka.Broker, _ topic: String) async throws -> PartitionBatch {
    try await broker.fill(topic, (0..<count).map(String.init))
    let consumer = try await KafkaConsumer(configuration: broker.configuration())
    try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
    var records: [ConsumerRecord] = []
    for try await record in consumer.records {
      records.append(record)
      if records.count == count { break }
    }
    await consumer.close()
    return PartitionBatch(topicPartition: TopicPartition(topic, 0), records: records)
  }

  @Test func aReaderThatWasFasterThanThePauseIsNotLeftPaused() async throws {
    let broker = try #require(TestKafka.brokers.first)
    try await broker.withTopic { topic in
      let part = try await batch(PartitionRouter.highWater, broker, topic)
      let router = PartitionRouter()
      let (opened, pause) = router.route([part])
      #expect(pause == [part.topicPartition])
      let lane = try #require(opened.first).number
      // The reader takes all of it, and asks for more, before the pump has paused the partition.
      let (first, resumes) = await router.next(part.topicPartition, lane: lane)
      #expect(first?.count == part.count)
      #expect(resumes)
      #expect(router.drainedMeanwhile(pause) == pause)
      #expect(router.route([part]).pause == pause)
      #expect(router.drainedMeanwhile(pause).isEmpty)
    }
  }

  @Test func aPartitionThatComesBackHasAStreamOfItsOwn() async throws {
    let broker = try #require(TestKafka.brokers.first)
    try await broker.withTopic { topic in
      let part = try await batch(1, broker, topic)
      let place = part.topicPartition
      let router = PartitionRouter()
      let old = try #require(router.route([part]).opened.first).number
      #expect(await router.next(place, lane: old).0?.count == 1)
      // Given back while its reader is at the batch, and come again before that has finished.
      let ended = Gate()
      let ending = Task {
        await router.end([place])
        ended.open()
      }
      try await eventually { router.isEnding(old) }
      let new = try #require(router.route([part]).opened.first).number
      #expect(new != old)
      #expect(!ended.isOpen)
      #expect(await router.next(place, lane: old).0 == nil)
      await ending.value
      #expect(await router.next(place, lane: new).0?.count == 1)
    }
  }

  /// Batches as large as what a stream may have waiting, and readers that do nothing: each batch pauses and resumes.
  @Test(arguments: TestKafka.brokers)
  func streamsOfLargeBatchesDoNotStandStill(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      let total = 40_000
      try await withKafkaProducer(broker.configuration()) { producer in
        for index in 0..<total {
          try await producer.enqueue(
            ProducerRecord(topic: topic, partition: Int32(index % 2), key: nil, value: "\(index)"))
        }
      }
      let consumer = try await KafkaConsumer(configuration: broker.configuration { $0.consumer.batchRecords = 5_000 })
      try await consumer.assign((0..<2).map { PartitionStart(TopicPartition(topic, $0), .beginning) })
      let counter = Counter()
      let reading = Task {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for try await partition in consumer.partitions {
            group.addTask { for await batch in partition.batches { counter.add(batch.count) } }
          }
          try await group.waitForAll()
        }
      }
      try await eventually(within: .seconds(40)) { counter.value == total }
      await consumer.close()
      try await reading.value
    }
  }

  final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func add(_ more: Int) { count.wrappingAdd(more, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }
}
