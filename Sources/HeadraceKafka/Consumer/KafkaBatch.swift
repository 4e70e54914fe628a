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
/// `@unchecked Sendable`: entries and lists are written before the batch is handed over and never after; librdkafka parses a
/// message's headers at the first access, which `withMessage` serialises.
@safe public final class KafkaBatch: @unchecked Sendable {
  /// One record: where its bytes are and what routing needs, so that reading it calls no C.
  @safe @usableFromInline struct Entry {
    @usableFromInline var value: UnsafeRawPointer?
    @usableFromInline var key: UnsafeRawPointer?
    /// −1 for null.
    @usableFromInline var valueCount: Int32
    @usableFromInline var keyCount: Int32
    @usableFromInline var offset: Int64
    @usableFromInline var partition: Int32
    @usableFromInline var topicIndex: Int32
    @usableFromInline var message: UnsafeRawPointer
    @usableFromInline var event: OpaquePointer
  }

  @usableFromInline let entries: UnsafeMutablePointer<Entry>
  /// The number of records.
  public let count: Int
  /// Bytes of keys and values.
  public let bytes: Int
  /// Partitions whose end was reached, with the offset that the next record will get; needs `consumer.reportsPartitionEnd`.
  public let partitionEnds: [PartitionOffset]
  /// What went wrong while fetching and does not end the stream: a missing topic, an offset out of range, a broker out of
  /// reach.
  public let errors: [KafkaError]
  @usableFromInline let topicNames: [String]
  private let handle: ClientHandle
  private let messageLock = Mutex(())
  /// Takes over `entries` (memory of `malloc`) and their events.
  init(
    entries: UnsafeMutablePointer<Entry>, count: Int, bytes: Int, topicNames: [String],
    partitionEnds: [PartitionOffset],
    errors: [KafkaError], handle: ClientHandle
  ) {
    unsafe self.entries = entries
    self.count = count
    self.bytes = bytes
    self.topicNames = topicNames
    self.partitionEnds = partitionEnds
    self.errors = errors
    self.handle = handle
  }

  deinit {
    for index in 0..<count { unsafe rd_kafka_event_destroy(entries[index].event) }
    unsafe free(entries)
  }

  /// Whether there is no record.
  @inlinable public var isEmpty: Bool { count == 0 }

  /// Record `index`, which keeps the batch alive.
  @inlinable public subscript(index: Int) -> ConsumerRecord {
    precondition(index >= 0 && index < count, "no such record in the batch")
    return unsafe ConsumerRecord(batch: self, entry: entries + index)
  }

  /// Visits every record without counting references: for loops where each nanosecond counts.
  @inlinable public func forEach<Failure: Error>(
    _ body: (borrowing RecordView) throws(Failure) -> Void
  ) throws(Failure) {
    for index in 0..<count { try body(unsafe RecordView(entry: entries + index, batch: self)) }
  }

  /// What to commit when all records are done: for each partition one more than the last offset.
  public var nextOffsets: [PartitionOffset] {
    var next: [TopicPartition: Int64] = [:]
    var index = 0
    while index < count {
      let entry = unsafe entries[index]
      var last = entry.offset
      index += 1
      // Partitions come in runs.
      while index < count, unsafe entries[index].partition == entry.partition,
        unsafe entries[index].topicIndex == entry.topicIndex
      {
        unsafe last = Swift.max(last, entries[index].offset)
        index += 1
      }
      let place = TopicPartition(topicNames[Int(entry.topicIndex)], entry.partition)
      next[place] = Swift.max(next[place] ?? 0, last + 1)
    }
    return next.sorted { $0.key < $1.key }.map { PartitionOffset($0.key, $0.value) }
  }

  /// The partitions that have records in it.
  public var partitions: [TopicPartition] { nextOffsets.map(\.topicPartition) }

  /// Runs `body` with a message; one at a time, since headers are parsed in place.
  func withMessage<Result: Sendable>(
    _ entry: UnsafePointer<Entry>, _ body: (UnsafePointer<rd_kafka_message_t>) -> Result
  ) -> Result {
    messageLock.withLock { _ in
      unsafe body(entry.pointee.message.assumingMemoryBound(to: rd_kafka_message_t.self))
    }
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
      return unsafe ConsumerRecord(batch: batch, entry: batch.entries + index)
    }
  }

  /// Walks over the records; each keeps the batch alive.
  @inlinable public func makeIterator() -> Iterator { Iterator(batch: self) }

  /// The number of records.
  @inlinable public var underestimatedCount: Int { count }
}
