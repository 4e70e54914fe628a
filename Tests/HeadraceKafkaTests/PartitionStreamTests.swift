import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@Suite("Streams of partitions", .timeLimit(.minutes(2 * TestKafka.patience)))
struct PartitionStreamTests {
  final class Log: Sendable {
    private let state = Mutex<(values: [TopicPartition: [Int64]], ended: Set<TopicPartition>)>(([:], []))
    func note(_ batch: PartitionBatch) {
      state.withLock { $0.values[batch.topicPartition, default: []] += batch.records.map(\.offset) }
    }
    func end(_ place: TopicPartition) { state.withLock { _ = $0.ended.insert(place) } }
    var count: Int { state.withLock { $0.values.values.reduce(0) { $0 + $1.count } } }
    var values: [TopicPartition: [Int64]] { state.withLock { $0.values } }
    var ended: Set<TopicPartition> { state.withLock { $0.ended } }
  }

  /// Reads every partition in a task of its own; the partition `slow` takes its time.
  func read(_ consumer: KafkaConsumer, _ log: Log, slow: Int32 = -1) -> Task<Void, any Error> {
    Task {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for try await partition in consumer.partitions {
          group.addTask {
            for await batch in partition.batches {
              if partition.topicPartition.partition == slow { try await Task.sleep(for: .milliseconds(50)) }
              log.note(batch)
              try? await consumer.commit([batch.nextOffset])
            }
            log.end(partition.topicPartition)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func eachPartitionHasItsStreamAndASlowOneHoldsNobodyUp(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 3) { topic in
      try await withKafkaProducer(broker.configuration()) { producer in
        for index in 0..<30_000 {
          try await producer.enqueue(
            ProducerRecord(topic: topic, partition: Int32(index % 3), key: nil, value: Array("\(index)".utf8)))
        }
      }
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: uniqueName()) { $0.consumer.batchRecords = 200 })
      try await consumer.subscribe(to: [topic])
      let log = Log()
      let reading = read(consumer, log, slow: 2)
      try await eventually(within: .seconds(60)) { log.count == 30_000 }
      await consumer.close()
      try await reading.value
      #expect(log.values.count == 3)
      #expect(log.values.values.allSatisfy { $0 == Array(0..<10_000) })
      #expect(log.ended.count == 3)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func streamsEndWhenTheirPartitionGoes(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      let group = uniqueName()
      try await broker.fill(topic, ["a"], partition: 0)
      try await broker.fill(topic, ["b"], partition: 1)
      let first = try await KafkaConsumer(configuration: broker.configuration(group: group))
      try await first.subscribe(to: [topic])
      let (firstLog, secondLog) = (Log(), Log())
      let firstReading = read(first, firstLog)
      try await eventually { firstLog.count == 2 }
      let second = try await KafkaConsumer(configuration: broker.configuration(group: group))
      try await second.subscribe(to: [topic])
      let secondReading = read(second, secondLog)
      // Under range both streams end, and one of the partitions comes back with its next record.
      try await eventually { firstLog.ended.count >= 1 }
      try await eventually {
        let (mine, theirs) = (try await first.assignment(), try await second.assignment())
        return mine.count == 1 && theirs.count == 1
      }
      try await broker.fill(topic, ["a2"], partition: 0)
      try await broker.fill(topic, ["b2"], partition: 1)
      try await eventually { firstLog.count + secondLog.count == 4 }
      await first.close()
      await second.close()
      try await firstReading.value
      try await secondReading.value
      #expect(secondLog.count == 1)
      #expect(firstLog.count == 3)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func automaticCommitsAreRefused(broker: TestKafka.Broker) async throws {
    let consumer = try await KafkaConsumer(
      configuration: broker.configuration(group: uniqueName()) {
        $0.consumer.commitMode = .automatic(every: .seconds(1))
      })
    let error = await #expect(throws: KafkaError.self) { for try await _ in consumer.partitions {} }
    #expect(error?.code == .configuration)
    await consumer.close()
  }
}
