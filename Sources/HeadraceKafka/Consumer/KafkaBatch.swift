internal import CRdkafka
internal import Synchronization
internal import Glibc

/// Records as they were fetched, in the order of their partitions, handed over together.
///
/// A batch owns librdkafka's memory: keys and values are read where they are, without a copy. That memory, and the client behind
/// it, stay until the batch and every ``ConsumerRecord`` of it are gone, so let go soon, or keep ``ConsumerRecord/detached()``.
///
/// A batch may hold no record at all: only ``partitionEnds`` or ``errors``. It may be used from any task.
///
/// `@unchecked Sendable`: messages and lists are written before the batch is handed over and never after; librdkafka parses a
/// message's headers at the first access, which `withMessage` serialises.
@safe public final class KafkaBatch: @unchecked Sendable {
  /// A topic's handle, as an address, and name.
  @usableFromInline struct TopicName {
    @usableFromInline let handle: UInt
    @usableFromInline let name: String
  }

  @usableFromInline let messages: UnsafeMutablePointer<UnsafePointer<FetchedMessage>>
  /// The number of records.
  public let count: Int
  /// Bytes of keys and values.
  public let bytes: Int
  /// Partitions whose end was reached, with the offset that the next record will get; needs `consumer.reportsPartitionEnd`.
  public let partitionEnds: [PartitionOffset]
  /// What went wrong while fetching and does not end the stream: a missing topic, an offset out of range, a broker out of
  /// reach.
  public let errors: [KafkaError]
  @usableFromInline let topics: [TopicName]
  let tails: BatchTails
  private let handle: ClientHandle
  private let messageLock = Mutex(())

  /// Takes over `messages` (memory of `malloc`) and what they point to.
  init(
    messages: UnsafeMutablePointer<UnsafePointer<FetchedMessage>>, count: Int, bytes: Int, tails: BatchTails,
    partitionEnds: [PartitionOffset], errors: [KafkaError], handle: ClientHandle
  ) {
    unsafe self.messages = messages
    self.count = count
    self.bytes = bytes
    topics = tails.topics
    self.tails = tails
    self.partitionEnds = partitionEnds
    self.errors = errors
    self.handle = handle
  }

  deinit {
    for index in 0..<count { unsafe rd_kafka_message_destroy(Self.c(messages[index])) }
    unsafe free(messages)
  }

  static func c(_ message: UnsafePointer<FetchedMessage>) -> UnsafeMutablePointer<rd_kafka_message_t> {
    unsafe UnsafeMutableRawPointer(mutating: message).assumingMemoryBound(to: rd_kafka_message_t.self)
  }

  /// Whether there is no record.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// Record `index`, which keeps the batch alive.
  @inlinable public subscript(index: Int) -> ConsumerRecord {
    precondition(index >= 0 && index < count, "no such record in the batch")
    return unsafe ConsumerRecord(batch: self, message: messages[index])
  }

  /// Visits every record without counting references: for loops where each nanosecond counts.
  @inlinable public func forEach<Failure: Error>(
    _ body: (borrowing RecordView) throws(Failure) -> Void
  ) throws(Failure) {
    for index in 0..<count { try body(unsafe RecordView(message: messages[index], batch: self)) }
  }

  /// What to commit when all records are done: for each partition one more than the last offset.
  public var nextOffsets: [PartitionOffset] { tails.nextOffsets }

  /// Where to go on when nothing of the batch is done: for each partition its first offset, for ``KafkaConsumer/seek(_:deadline:)`` after a
  /// transaction was aborted.
  public var starts: [PartitionStart] {
    var first: [TopicPartition: Int64] = [:]
    for record in self where first[record.topicPartition] == nil { first[record.topicPartition] = record.offset }
    return first.sorted { $0.key < $1.key }.map { PartitionStart($0.key, .at($0.value)) }
  }

  /// The partitions that have records in it.
  public var partitions: [TopicPartition] { nextOffsets.map(\.topicPartition) }

  /// The name of a record's topic.
  @inlinable func topicName(_ message: UnsafePointer<FetchedMessage>) -> String {
    let handle = unsafe message.pointee.topic
    for topic in topics where topic.handle == handle { return topic.name }
    return ""
  }

  /// Runs `body` with a message; one at a time, since headers are parsed in place.
  func withMessage<Result: Sendable>(
    _ message: UnsafePointer<FetchedMessage>, _ body: (UnsafePointer<rd_kafka_message_t>) -> Result
  ) -> Result {
    messageLock.withLock { _ in unsafe body(Self.c(message)) }
  }
}

extension KafkaBatch: Sequence {
  /// Walks over the records.
  public struct Iterator: IteratorProtocol {
    @usableFromInline let batch: KafkaBatch
    @usableFromInline var index = 0
    @inlinable init(batch: KafkaBatch) { self.batch = batch }
    /// The next record.
    @inlinable public mutating func next() -> ConsumerRecord? {
      guard index < batch.count else { return nil }
      defer { index &+= 1 }
      return unsafe ConsumerRecord(batch: batch, message: batch.messages[index])
    }
  }

  /// Walks over the records; each keeps the batch alive.
  @inlinable public func makeIterator() -> Iterator { Iterator(batch: self) }

  /// The number of records.
  @inlinable public var underestimatedCount: Int { count }
}
