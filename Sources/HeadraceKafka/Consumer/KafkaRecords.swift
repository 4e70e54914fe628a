/// All records of a consumer, one by one; ends when it is closed or the reading task is cancelled. One iterator at a time.
public struct KafkaRecords: AsyncSequence, Sendable {
  let consumer: KafkaConsumer

  /// Reads records.
  public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

  /// Reads records. When it goes away, the batch of the record read last counts as finished.
  public struct Iterator: AsyncIteratorProtocol {
    @usableFromInline let consumer: KafkaConsumer
    private let presence: ReaderPresence
    @usableFromInline var batch: KafkaBatch?
    @usableFromInline var index = 0
    @usableFromInline var count = 0

    init(consumer: KafkaConsumer) {
      self.consumer = consumer
      presence = ReaderPresence(consumer: consumer)
    }

    /// The next record.
    @inlinable nonisolated(nonsending) public mutating func next() async throws(KafkaError) -> ConsumerRecord? {
      if index < count, let batch {
        defer { index &+= 1 }
        return batch[index]
      }
      return try await refill()
    }

    /// The next record.
    @inlinable public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(KafkaError) -> ConsumerRecord? {
      if index < count, let batch {
        defer { index &+= 1 }
        return batch[index]
      }
      return try await refill()
    }

    @usableFromInline nonisolated(nonsending) mutating func refill() async throws(KafkaError) -> ConsumerRecord? {
      batch = nil
      while let next = try await consumer.nextBatch() {
        guard !next.isEmpty else { continue }
        batch = next
        count = next.count
        index = 1
        return next[0]
      }
      return nil
    }
  }
}
