internal import CRdkafka
internal import HeadraceCore
internal import Synchronization
internal import HeadraceTelemetry

/// Reads records from Kafka, in batches.
///
/// ```swift
/// var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
/// configuration.consumer.groupID = "greeter"
/// let consumer = try KafkaConsumer(configuration: configuration)
/// try await consumer.subscribe(to: ["greetings"])
/// for try await batch in consumer.batches {
///   for record in batch { print(record.coordinate, record.valueText ?? "-") }
///   try await consumer.commit(batch)
/// }
/// ```
///
/// Three ways of reading, one at a time:
/// - ``run(_:)`` calls a handler on the polling thread, without a hop: the fastest;
/// - ``batches`` from any task, at the price of one hop a batch; ``records`` flattens them;
/// - ``partitions`` gives each assigned partition a stream of its own, which ends when it is given back.
///
/// While a batch is being handled nothing is polled: librdkafka prefetches up to `consumer.queuedBytes` and then stops. A handler
/// may take up to `consumer.maximumPollInterval`.
public final class KafkaConsumer: Sendable {
  let configuration: KafkaConfiguration
  let loop: ConsumerLoop
  private let relay: RebalanceRelay
  private let state = Mutex(State())

  private struct State {
    var router: PartitionRouter?
    var lastCommit = ContinuousClock.now
    var closing: Task<CloseReport, Never>?
  }

  /// Creates a consumer that reads nothing yet: see ``subscribe(to:)`` and ``assign(_:)``.
  ///
  /// - Throws: ``KafkaError`` with the code ``KafkaError/Code/configuration``, naming the key that is wrong.
  public init(
    configuration: KafkaConfiguration, rebalance: (any RebalanceDelegate)? = nil
  ) throws(KafkaError) {
    self.configuration = configuration
    let relay = RebalanceRelay(delegate: rebalance)
    self.relay = relay
    loop = try ConsumerLoop(configuration) { event in relay.run(event) }
    relay.attach(self)
  }

  deinit {
    let isClosed = state.withLock { $0.closing != nil }
    guard !isClosed else { return }
    loop.context.logger.warning("a consumer was released without close()")
    Task.detached { [loop] in _ = await loop.close(deadline: .seconds(5)) }
  }

  // MARK: What to read

  /// Joins the group and reads topics by name; a name that starts with `^` is a regular expression over all topics. Replaces the
  /// subscription there was. Needs `consumer.groupID`.
  public func subscribe(to topics: [String]) async throws(KafkaError) {
    guard configuration.consumer.groupID != nil else {
      throw KafkaError(.configuration, "consumer.groupID: subscribing needs a group")
    }
    try await local("subscribe") { handle throws(KafkaError) in
      let list = PartitionList(topics.map { TopicPartition($0, -1) })
      try unsafe list.check { unsafe rd_kafka_subscribe(handle.pointer, $0) }
    }
  }

  /// Leaves the group's distribution; the stream goes on without records.
  public func unsubscribe() async throws(KafkaError) {
    try await local("unsubscribe") { handle throws(KafkaError) in
      try unsafe KafkaError.check(rd_kafka_unsubscribe(handle.pointer))
    }
  }

  /// Reads these partitions, without a group's distribution. Replaces the assignment there was; partitions that are in both stay paused.
  public func assign(_ partitions: [PartitionStart]) async throws(KafkaError) {
    for partition in partitions { try partition.check() }
    let kept = Set(partitions.map(\.topicPartition))
    let gone = try await assignment().filter { !kept.contains($0) }
    unsafe try await loop.command { [loop] pointer throws(KafkaError) in
      loop.forgetPauses(gone)
      try unsafe loop.list(partitions).check { unsafe rd_kafka_assign(pointer, partitions.isEmpty ? nil : $0) }
      loop.discard(gone)
      // What a fetch of before brings is dropped by another pause.
      if !loop.paused.isEmpty { try loop.pause(Array(loop.paused)) }
    }
  }

  /// Reads these partitions as well.
  public func incrementalAssign(_ partitions: [PartitionStart]) async throws(KafkaError) {
    for partition in partitions { try partition.check() }
    unsafe try await loop.command { [loop] pointer throws(KafkaError) in
      try unsafe loop.list(partitions).check { unsafe rd_kafka_incremental_assign(pointer, $0) }
    }
  }

  /// Reads these partitions no longer; records that were fetched and not handed over are dropped.
  public func incrementalUnassign(_ partitions: [TopicPartition]) async throws(KafkaError) {
    unsafe try await loop.command { [loop] pointer throws(KafkaError) in
      loop.forgetPauses(partitions)
      try unsafe PartitionList(partitions).check { unsafe rd_kafka_incremental_unassign(pointer, $0) }
      loop.discard(partitions)
    }
  }

  // MARK: Reading

  /// The next batch: waits for one.
  ///
  /// Asking for it says that the batch before is finished; ``close(deadline:)`` doesn't wait for a batch that was taken this way.
  /// One reader at a time.
  ///
  /// - Returns: `nil` when the consumer is closed or the task is cancelled.
  /// - Throws: ``KafkaError`` when the client is dead.
  nonisolated(nonsending) public func nextBatch() async throws(KafkaError) -> KafkaBatch? {
    if case .automatic(let interval) = configuration.consumer.commitMode { commitIfDue(interval) }
    return try await loop.next()
  }

  /// All batches, until the consumer is closed or the reading task is cancelled.
  public var batches: KafkaBatches { KafkaBatches(consumer: self) }

  /// All records, one by one, until the consumer is closed or the reading task is cancelled. Records share their batch: the
  /// batch counts as finished when its last record is asked past.
  public var records: KafkaRecords { KafkaRecords(consumer: self) }

  /// The partitions as they come, each with a stream of its own that ends when the partition is given back.
  public var partitions: KafkaPartitions { KafkaPartitions(consumer: self) }

  func use(_ router: PartitionRouter?) { state.withLock { $0.router = router } }

  /// Ends the streams of partitions that go, and waits until their readers have finished the batch in hand.
  func endStreams(_ partitions: [TopicPartition]) async {
    await state.withLock { $0.router }?.end(partitions)
  }

  /// Calls `handler` with every batch, on the polling thread: nothing is polled while it runs, and there is no hop between
  /// threads. `await` inside it resumes on that thread too.
  ///
  /// Returns when the consumer is closed, the task is cancelled or a graceful shutdown begins; the handler that runs then is
  /// finished first.
  ///
  /// - Throws: what `handler` throws; ``KafkaError`` when the client is dead.
  public func run(_ handler: @escaping @Sendable (KafkaBatch) async throws -> Void) async throws {
    loop.readerCame()
    let task = Task(executorPreference: loop) { [self] in
      defer { loop.readerLeft() }
      while let batch = try await nextBatch() {
        try await handler(batch)
      }
    }
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await task.value
      } onGracefulShutdown: { [loop] in
        loop.interrupt()
      }
    } onCancel: {
      task.cancel()
    }
  }

  // MARK: Flow

  /// Stops fetching partitions; records of theirs that were fetched may still be handed over once. A pause ends with
  /// ``resume(_:)`` and when the partition is given back.
  public func pause(_ partitions: [TopicPartition]) async throws(KafkaError) {
    guard !partitions.isEmpty else { return }
    unsafe try await loop.command { [loop] _ throws(KafkaError) in try loop.pause(partitions) }
  }

  /// Fetches paused partitions again. Those that are not paused are left alone: librdkafka below 2.4.0 would rewind them.
  public func resume(_ partitions: [TopicPartition]) async throws(KafkaError) {
    guard !partitions.isEmpty else { return }
    // Looked up on the thread, so that a resume behind a pause finds what that has paused.
    unsafe try await loop.command { [loop] _ throws(KafkaError) in try loop.resume(partitions) }
  }

  /// The partitions that are paused.
  public var paused: Set<TopicPartition> { loop.paused }

  /// Goes on elsewhere in partitions that are assigned; records fetched before are not handed over any more. A partition whose reading
  /// stopped, since its offset was gone and `consumer.startWhenNoOffset` is `.fail`, is read again from there.
  ///
  /// - Throws: ``KafkaError``; ``KafkaError/Code/wrongState`` for a partition that is not assigned.
  public func seek(_ starts: [PartitionStart], deadline: Duration = .seconds(10)) async throws(KafkaError) {
    guard !starts.isEmpty else { return }
    for start in starts { try start.check() }
    // Below 2.1.0 the timeout is taken for microseconds.
    let scale = LibraryVersion.isAtLeast(2, 1, 0) ? 1 : 1000
    let timeout = (deadline * scale).kafkaMilliseconds
    unsafe try await loop.command { [loop] _ throws(KafkaError) in try loop.seek(starts, timeout: timeout) }
  }

  // MARK: State

  /// The partitions that this consumer reads.
  public func assignment() async throws(KafkaError) -> [TopicPartition] {
    try await local("assignment") { handle throws(KafkaError) in
      var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
      try unsafe KafkaError.check(rd_kafka_assignment(handle.pointer, &list))
      return unsafe list.map { unsafe PartitionList(consuming: $0).partitions } ?? []
    }
  }

  /// The topics and patterns that it is subscribed to.
  public func subscription() async throws(KafkaError) -> [String] {
    try await local("subscription") { handle throws(KafkaError) in
      var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
      try unsafe KafkaError.check(rd_kafka_subscription(handle.pointer, &list))
      return unsafe list.map { unsafe PartitionList(consuming: $0).partitions.map(\.topic) } ?? []
    }
  }

  /// Where to go on, for each partition: behind the last record that was handed over; none (``PartitionOffset/isPresent`` is false)
  /// before the first one.
  public func positions(_ partitions: [TopicPartition]) async throws(KafkaError) -> [PartitionOffset] {
    let positions = try await local("positions") { handle throws(KafkaError) in
      let list = PartitionList(partitions)
      try unsafe list.check { unsafe rd_kafka_position(handle.pointer, $0) }
      return list.offsets
    }
    return loop.corrected(positions)
  }

  /// This member's id in the group; `nil` before it has joined.
  public var memberID: String? {
    guard let handle = try? loop.handle() else { return nil }
    defer { withExtendedLifetime(handle) {} }
    return loop.memberID
  }

  /// What a transaction needs to know of this member; take it anew for every transaction.
  ///
  /// - Throws: ``KafkaError`` when the consumer is closed or has no group.
  public func groupMetadata() throws(KafkaError) -> ConsumerGroupMetadata {
    let handle = try loop.handle()
    defer { withExtendedLifetime(handle) {} }
    guard configuration.consumer.groupID != nil, let metadata = unsafe rd_kafka_consumer_group_metadata(handle.pointer)
    else { throw KafkaError(.configuration, "consumer.groupID: group metadata needs a group") }
    return unsafe ConsumerGroupMetadata(consuming: metadata)
  }

  /// The ends of a partition, asked of the broker.
  public func watermarks(
    of partition: TopicPartition, deadline: Duration = .seconds(10)
  ) async throws(KafkaError) -> Watermarks {
    try await query("watermarks", deadline: deadline) { handle, timeout throws(KafkaError) in
      try MetadataQuery.watermarks(of: partition, on: handle, timeout: timeout)
    }
  }

  /// For each partition the offset of the first record that is not older than a time; ``PartitionOffset/none`` where all are.
  public func offsets(
    for times: [(partition: TopicPartition, milliseconds: Int64)], deadline: Duration = .seconds(10)
  ) async throws(KafkaError) -> [PartitionOffset] {
    let pairs = times.map { ($0.partition, $0.milliseconds) }
    return try await query("offsets for times", deadline: deadline) { handle, timeout throws(KafkaError) in
      try MetadataQuery.offsets(for: pairs, on: handle, timeout: timeout)
    }
  }

  /// The error that made this client unusable, if there is one.
  public var fatalError: KafkaError? { loop.context.fatal.withLock { $0 } }

  /// Asks the cluster; a cancelled task waits no longer.
  func query<Result: Sendable>(
    _ what: String, deadline: Duration,
    _ body: @escaping @Sendable (ClientHandle, Int32) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    let handle = try loop.handle()
    return try await loop.queries.run(what, deadline: deadline, isCancellable: true) { timeout throws(KafkaError) in
      try body(handle, timeout)
    }
  }

  /// Asks librdkafka, which answers at once.
  func local<Result: Sendable>(
    _ what: String, _ body: @escaping @Sendable (ClientHandle) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    let handle = try loop.handle()
    return try await loop.local.run(what, deadline: .seconds(10)) { _ throws(KafkaError) in try body(handle) }
  }

  // MARK: Automatic commits

  private func commitIfDue(_ interval: Duration) {
    let isDue = state.withLock { state in
      guard ContinuousClock.now - state.lastCommit >= interval else { return false }
      state.lastCommit = .now
      return true
    }
    guard isDue else { return }
    // What is finished now; the batch that this call finishes is committed with the next round.
    let offsets = loop.takeFinishedOffsets()
    guard !offsets.isEmpty, let handle = try? loop.handle() else { return }
    loop.lane.submit { [context = loop.context] in
      let code = unsafe PartitionList(offsets).use { unsafe rd_kafka_commit(handle.pointer, $0, 0) }
      if code != RD_KAFKA_RESP_ERR_NO_ERROR { context.report(KafkaError(code)) }
    }
  }

  func commitFinished() async {
    guard configuration.consumer.commitMode != .manual else { return }
    let offsets = loop.takeFinishedOffsets()
    guard !offsets.isEmpty else { return }
    do throws(KafkaError) {
      try await commit(offsets, deadline: configuration.consumer.revokeDeadline)
    } catch {
      loop.context.report(error)
    }
  }

  // MARK: Closing

  /// Ends the streams, lets the batch in hand be finished, calls ``RebalanceDelegate/revoked(_:by:)``, leaves the group and frees
  /// the client in the background; at most until `deadline`. Twice is fine: the second call gets the first one's report.
  @discardableResult
  public func close(deadline: Duration = .seconds(10)) async -> CloseReport {
    let task = state.withLock { state in
      if let closing = state.closing { return closing }
      let task = Task.detached { [loop] in
        let start = ContinuousClock.now
        let leftUndone = await loop.close(deadline: deadline)
        return CloseReport(
          isComplete: leftUndone.isEmpty, undelivered: 0, failed: 0, firstFailure: nil,
          elapsed: ContinuousClock.now - start, leftUndone: leftUndone)
      }
      state.closing = task
      return task
    }
    return await task.value
  }
}
