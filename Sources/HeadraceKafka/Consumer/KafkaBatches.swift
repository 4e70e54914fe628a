/// All batches of a consumer; ends when it is closed or the reading task is cancelled. One iterator at a time.
public struct KafkaBatches: AsyncSequence, Sendable {
  let consumer: KafkaConsumer

  /// Reads batches.
  public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

  /// Reads batches. When it goes away, the batch read last counts as finished.
  public struct Iterator: AsyncIteratorProtocol {
    private let consumer: KafkaConsumer
    private let presence: ReaderPresence

    init(consumer: KafkaConsumer) {
      self.consumer = consumer
      presence = ReaderPresence(consumer: consumer)
    }

    /// The next batch; says that the one before is finished.
    nonisolated(nonsending) public mutating func next() async throws(KafkaError) -> KafkaBatch? {
      try await consumer.nextBatch()
    }

    /// The next batch; says that the one before is finished.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> KafkaBatch? {
      try await consumer.nextBatch()
    }
  }
}

/// Tells the loop when a reader has gone, so that rebalances don't wait for it.
final class ReaderPresence: Sendable {
  private let consumer: KafkaConsumer
  init(consumer: KafkaConsumer) {
    self.consumer = consumer
    consumer.loop.readerCame()
  }
  deinit { consumer.loop.readerLeft() }
}
