internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// The journal of a processor: a compacted topic with the partitions of its input, written outside transactions.
///
/// A tail reads every partition that is held, from its beginning and without end, into an index; values are read when
/// they are asked for. What is written is acknowledged by all replicas before it counts.
final class Journal: Sendable {
  let topic: String
  private let tail: KafkaConsumer
  private let values: JournalValues
  private let producer: KafkaProducer
  private let indexBytes: Int
  private let logger: Logger
  private let partitions = Mutex<[Int32: JournalPartition]>([:])

  /// - Parameter producer: Idempotent, acks from all, no transactions; shared with the rest of the runtime.
  init(topic: String, kafka: KafkaConfiguration, producer: KafkaProducer, indexBytes: Int, logger: Logger) throws {
    self.topic = topic
    self.producer = producer
    self.indexBytes = indexBytes
    self.logger = logger
    var configuration = kafka
    configuration.consumer.groupID = nil
    configuration.consumer.groupInstanceID = nil
    // Nothing here is written in transactions, and an open one must not hold the restore up.
    configuration.consumer.isolation = .readUncommitted
    configuration.consumer.startWhenNoOffset = .earliest
    configuration.consumer.reportsPartitionEnd = true
    configuration.consumer.fetchMaximumWait = .milliseconds(100)
    configuration.consumer.queuedBytes = 4 << 20
    tail = try KafkaConsumer(configuration: configuration)
    values = JournalValues(topic: topic, kafka: configuration, logger: logger)
  }

  /// Tails until cancelled.
  func run() async throws {
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.values.run() }
        group.addTask { try await self.tail.run { batch in self.take(batch) } }
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch {
      for partition in partitions.withLock({ Array($0.values) }) { partition.fail(error) }
      throw error
    }
  }

  func close() async {
    _ = await tail.close(deadline: .seconds(5))
    await values.close()
  }

  // MARK: Holding partitions

  /// Begins to read a partition, or joins those who use it already.
  func open(_ number: Int32) async throws -> JournalPartition {
    let (partition, isNew) = partitions.withLock { partitions -> (JournalPartition, Bool) in
      if let known = partitions[number] {
        known.addUser()
        return (known, false)
      }
      let new = JournalPartition(number: number, indexBytes: max(4_096, indexBytes / max(1, partitions.count + 1)))
      new.addUser()
      partitions[number] = new
      return (new, true)
    }
    if isNew {
      try await tail.incrementalAssign([PartitionStart(TopicPartition(topic, number), .beginning)])
    }
    return partition
  }

  /// Stops reading a partition when nobody uses it any more.
  func close(_ partition: JournalPartition) async {
    guard partition.removeUser() else { return }
    let isHeld = partitions.withLock { partitions -> Bool in
      guard partitions[partition.number] === partition else { return false }
      partitions[partition.number] = nil
      return true
    }
    if isHeld { try? await tail.incrementalUnassign([TopicPartition(topic, partition.number)]) }
  }

  private func take(_ batch: KafkaBatch) {
    for record in batch {
      guard let partition = partitions.withLock({ $0[record.partition] }), let key = record.key else { continue }
      partition.apply(key: key, isTombstone: record.valueIsNull, offset: record.offset) { record.value }
    }
    for end in batch.partitionEnds {
      partitions.withLock { $0[end.topicPartition.partition] }?.reachedEnd(at: end.offset)
    }
    for error in batch.errors { logger.warning("journal: \(error)") }
  }

  // MARK: Writing and reading

  /// Writes a record and waits for its acknowledgement by all replicas; returns its offset.
  @discardableResult
  func write(_ key: JournalKey, _ value: [UInt8]?, on partition: JournalPartition) async throws -> Int64 {
    let delivery = try await producer.send(
      ProducerRecord(topic: topic, partition: partition.number, key: key.bytes, value: value))
    switch key {
    case .result, .firstSeen:
      if value != nil { partition.wrote(key, at: delivery.offset) }
    default: break
    }
    return delivery.offset
  }

  /// Writes records without waiting for them: tombstones of notes that are of no use any more.
  func writeSoon(_ records: [(key: JournalKey, value: [UInt8]?)], on number: Int32) async {
    do {
      try await producer.enqueue(
        contentsOf: records.map { ProducerRecord(topic: topic, partition: number, key: $0.key.bytes, value: $0.value) })
    } catch {
      logger.warning("journal: \(records.count) notes were not written: \(error)")
    }
  }

  /// The value of a key; nil where there is none.
  func value(of key: JournalKey, on partition: JournalPartition) async throws -> [UInt8]? {
    // Compaction may have taken the last record of a key while it was looked for: look twice.
    for _ in 0..<3 {
      guard let offset = partition.offset(of: key) else { return nil }
      if let found = try await value(of: key, at: offset, on: partition) { return found }
    }
    return nil
  }

  /// The value of a key at an offset; nil where that is not, or no longer, a record of the key.
  func value(of key: JournalKey, at offset: Int64, on partition: JournalPartition) async throws -> [UInt8]? {
    try await values.value(partition: partition.number, offset: offset, key: key.bytes)
  }
}
