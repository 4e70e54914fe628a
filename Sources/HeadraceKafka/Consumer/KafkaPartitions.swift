/// The partitions of a consumer as they come, each with a stream of its own that ends when the partition is given back.
///
/// Iterating pumps records into the streams, so keep iterating: read each stream in a task of its own.
///
/// ```swift
/// try await withThrowingTaskGroup(of: Void.self) { group in
///   for try await partition in consumer.partitions {
///     group.addTask {
///       for await batch in partition.batches {
///         for record in batch { handle(record) }
///         try await consumer.commit([batch.nextOffset])
///       }
///     }
///   }
/// }
/// ```
///
/// A partition whose reader is slow is paused; the others go on. When partitions are given back, what waits for their readers is
/// dropped and ``RebalanceDelegate/revoked(_:by:)`` is called after the readers have finished the batch in hand.
public struct KafkaPartitions: AsyncSequence, Sendable {
  let consumer: KafkaConsumer

  /// Pumps and reads partitions. One iterator at a time.
  public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

  /// Pumps and reads partitions.
  public struct Iterator: AsyncIteratorProtocol {
    private let consumer: KafkaConsumer
    private let presence: RouterPresence
    private var opened: [PartitionRouter.Opened] = []

    init(consumer: KafkaConsumer) {
      self.consumer = consumer
      presence = RouterPresence(consumer: consumer)
    }

    /// The next partition that has records; meanwhile records flow into the streams of the others.
    nonisolated(nonsending) public mutating func next() async throws(KafkaError) -> KafkaPartition? {
      guard consumer.configuration.consumer.commitMode == .manual else {
        throw KafkaError(.configuration, "consumer.commitMode: streams of partitions need .manual commits")
      }
      let router = presence.router
      while opened.isEmpty {
        guard let batch = try await consumer.nextBatch() else {
          router.endAll()
          return nil
        }
        let (new, pause) = router.route(batch)
        opened += new
        guard !pause.isEmpty else { continue }
        // A partition that was taken away meanwhile can't be paused, and need not be.
        try? await consumer.pause(pause)
        try? await consumer.resume(router.drainedMeanwhile(pause))
      }
      let first = opened.removeFirst()
      return KafkaPartition(
        topicPartition: first.topicPartition, lane: first.number, router: router, consumer: consumer)
    }

    /// The next partition that has records; meanwhile records flow into the streams of the others.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(KafkaError) -> KafkaPartition? {
      try await next()
    }
  }
}

/// One partition and its stream.
public struct KafkaPartition: Sendable {
  /// Which.
  public let topicPartition: TopicPartition
  let lane: Int
  let router: PartitionRouter
  let consumer: KafkaConsumer

  /// The records, until the partition is given back, the consumer is closed or the reading task is cancelled.
  public var batches: Batches { Batches(partition: self) }

  /// The stream of a partition. One iterator.
  public struct Batches: AsyncSequence, Sendable {
    let partition: KafkaPartition

    /// Reads the stream.
    public func makeAsyncIterator() -> Iterator { Iterator(partition: partition) }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
      private let partition: KafkaPartition
      private let presence: LanePresence

      init(partition: KafkaPartition) {
        self.partition = partition
        presence = LanePresence(partition: partition)
      }

      /// The next records; says that those before are done.
      nonisolated(nonsending) public mutating func next() async -> PartitionBatch? {
        let (batch, resume) = await partition.router.next(partition.topicPartition, lane: partition.lane)
        if resume { try? await partition.consumer.resume([partition.topicPartition]) }
        return batch
      }

      /// The next records; says that those before are done.
      public mutating func next(isolation actor: isolated (any Actor)?) async -> PartitionBatch? { await next() }
    }
  }
}

/// Connects a router to a consumer for as long as somebody iterates.
final class RouterPresence: Sendable {
  let router = PartitionRouter()
  private let consumer: KafkaConsumer

  init(consumer: KafkaConsumer) {
    self.consumer = consumer
    consumer.use(router)
  }

  deinit {
    router.endAll()
    consumer.use(nil)
    consumer.loop.readerLeft()
  }
}

/// Tells the router when a partition's reader has gone.
final class LanePresence: Sendable {
  private let partition: KafkaPartition
  init(partition: KafkaPartition) { self.partition = partition }
  deinit { partition.router.readerLeft(partition.topicPartition, lane: partition.lane) }
}
