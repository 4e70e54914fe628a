internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// One run of a processor: its clients, its state behind one lock, and the tasks that move it.
///
/// Locks, in this order: `commitLock` (a task holds it over a commit), `state` (short, never held over an `await`),
/// then the journal's own.
final class ProcessorRuntime: Sendable {
  /// After this time the consumer goes on without a rebalance hook.
  static let hookDeadline = Duration.seconds(90)

  let configuration: ProcessorConfiguration
  let limits: CoreLimits
  let identity: ProcessorIdentity
  let processor: AnyProcessor
  let kafka: KafkaConfiguration
  let logger: Logger
  let metrics: ProcessorMetrics
  let clusterID: String
  let inputPartitions: Int
  /// Unique to this run: who finds it in an owner note can abort what it left open.
  let transactionalID: String

  let state: Mutex<RuntimeState>
  let commitLock = AsyncLock()
  let commitSignal = AsyncSignal()

  /// Writes the journal and progress, outside transactions.
  let producer: KafkaProducer
  /// Writes outputs in transactions; nil at least once.
  let transactional: KafkaProducer?
  let isTransactionalReady = Mutex(false)
  let journal: Journal?
  /// Results are looked up here; the journal itself but for replays.
  let results: Journal?
  let consumerBox = Mutex<KafkaConsumer?>(nil)
  let rate = RateMeter()
  let spend: SpendMeter
  /// When the keeper last ran: a long silence means that the process was suspended.
  let lastTick = Mutex(MonotonicTime.now)
  let observer: (@Sendable (CommitObservation) -> Void)?

  init(
    configuration: ProcessorConfiguration, processor: AnyProcessor, kafka: KafkaConfiguration,
    topics: ProcessorTopics.Found, isPaused: Bool, observer: (@Sendable (CommitObservation) -> Void)? = nil
  ) throws {
    self.observer = observer
    spend = SpendMeter(cap: configuration.spendCap)
    self.configuration = configuration
    limits = CoreLimits(configuration)
    identity = ProcessorIdentity(configuration)
    self.processor = processor
    self.kafka = kafka
    clusterID = topics.clusterID
    inputPartitions = topics.inputPartitions
    var named = Logger(label: "headrace.streams")
    named[metadataKey: "processor"] = configuration.name
    let logger = named
    self.logger = logger
    metrics = ProcessorMetrics(processor: configuration.name)
    transactionalID = "\(configuration.group)-\(UUID.version7().lowercased)"
    var initial = RuntimeState(limits: limits)
    initial.core.isPaused = isPaused
    state = Mutex(initial)

    var plain = kafka
    plain.producer.transactionalID = nil
    plain.producer.idempotent = true
    plain.producer.acks = .all
    // Company saves requests where many handlers write; who commits every few milliseconds has no time for it.
    let isHurried = configuration.commitInterval < .milliseconds(50)
    plain.producer.linger = isHurried ? .zero : .milliseconds(1)
    plain.producer.bufferBytes = min(plain.producer.bufferBytes, 32 << 20)
    if configuration.guarantee == .atLeastOnce {
      plain.producer.maximumRecordBytes = configuration.maximumOutputBytes + 10_000
    }
    let producer = try KafkaProducer(configuration: plain)
    self.producer = producer

    if configuration.guarantee == .exactlyOnce {
      var transactional = kafka
      transactional.producer.transactionalID = transactionalID
      transactional.producer.transactionTimeout = configuration.transactionTimeout
      transactional.producer.idempotent = true
      transactional.producer.acks = .all
      // A commit sends at once what still waits for company. Where commits are rare, fewer and larger requests save
      // both sides work; where they are frequent, records leave before the commit asks for it.
      transactional.producer.linger = isHurried ? .zero : .milliseconds(5)
      transactional.producer.maximumRecordBytes = configuration.maximumOutputBytes + 10_000
      self.transactional = try KafkaProducer(configuration: transactional)
    } else {
      self.transactional = nil
    }
    func journal(_ topic: String) throws -> Journal {
      try Journal(
        topic: topic, kafka: kafka, producer: producer, indexBytes: configuration.journalIndexBytes, logger: logger)
    }
    self.journal = try configuration.journalTopic.map { try journal($0) }
    if let topic = configuration.resultTopic, topic != configuration.journalTopic {
      results = try journal(topic)
    } else {
      results = self.journal
    }
  }

  var consumer: KafkaConsumer {
    get throws {
      guard let consumer = consumerBox.withLock({ $0 }) else {
        throw ProcessorError(.notRunning, "processor \(configuration.name) is not running")
      }
      return consumer
    }
  }

  // MARK: Running

  /// Runs until `stop` is raised (then finishes what is in progress) or the task is cancelled.
  func run(until stop: AsyncSignal) async throws {
    let consumer = try KafkaConsumer(configuration: consumerConfiguration(), rebalance: self)
    consumerBox.withLock { $0 = consumer }
    try await consumer.subscribe(to: configuration.inputTopics)

    // Reading goes on while a graceful stop drains, so it must not see the shutdown signal of this task.
    let reading = Task.detached { try await consumer.run { batch in await self.take(batch) } }
    let committing = Task.detached { await self.commitLoop() }
    let keeping = Task.detached { await self.keepLoop() }
    let failures = FirstFailure()
    var journals: [Task<Void, Never>] = []
    for journal in [journal, results === journal ? nil : results] {
      guard let journal else { continue }
      journals.append(
        Task.detached {
          do { try await journal.run() } catch { failures.report(error, raising: stop) }
        })
    }
    let watching = Task.detached {
      do { try await reading.value } catch { failures.report(error, raising: stop) }
    }

    await stop.wait()
    let isGraceful = !Task.isCancelled && failures.first == nil
    await drain(within: isGraceful ? configuration.shutdownBudget : .zero, consumer: consumer)

    keeping.cancel()
    committing.cancel()
    commitSignal.raise()
    _ = await consumer.close(deadline: configuration.revokeBudget + .seconds(5))
    reading.cancel()
    await endWorkers()
    await committing.value
    await keeping.value
    await watching.value
    for task in journals { task.cancel() }
    await journal?.close()
    if results !== journal { await results?.close() }
    for task in journals { await task.value }
    _ = await transactional?.close(deadline: .seconds(5))
    _ = await producer.close(deadline: .seconds(5))
    consumerBox.withLock { $0 = nil }
    metrics.end()
    if let failure = failures.first { throw failure }
  }

  private func consumerConfiguration() -> KafkaConfiguration {
    var configuration = kafka
    configuration.consumer.groupID = self.configuration.group
    configuration.consumer.groupInstanceID = self.configuration.groupInstanceID
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.commitMode = .manual
    configuration.consumer.startWhenNoOffset = self.configuration.start == .latest ? .latest : .earliest
    configuration.consumer.reportsPartitionEnd = true
    configuration.consumer.sessionTimeout = self.configuration.sessionTimeout
    // A member hears of a rebalance by its heartbeat, and until the last one has heard all of them stand still.
    configuration.consumer.heartbeatInterval = min(.milliseconds(500), self.configuration.sessionTimeout / 4)
    // A quarter of the budget is for what is read and not admitted: a batch for each partition, which is paused then, and
    // one on its way.
    configuration.consumer.batchBytes = min(
      configuration.consumer.batchBytes, max(4 << 10, self.configuration.bufferBytes / (4 * (inputPartitions + 1))))
    // The hooks keep to budgets of their own; opening partitions may take longer than giving them back.
    configuration.consumer.revokeDeadline = Self.hookDeadline
    return configuration
  }

  /// Stops dispatch, waits for handlers in progress, and says what is left undone.
  ///
  /// While it waits, the partitions stand still. So after a moment they are given back, where that costs nothing: when
  /// all that is in progress are journaled calls. Those end here, and their next owner waits for them in the journal.
  private func drain(within budget: Duration, consumer: KafkaConsumer) async {
    state.withLock { state in
      state.isStopping = true
      state.core.isStopping = true
      state.core.isPaused = true
    }
    let deadline = MonotonicTime.now + budget
    let patience = MonotonicTime.now + configuration.revokeBudget
    // A static member keeps its partitions until its session ends, whatever it does.
    var mayLeave = configuration.groupInstanceID == nil
    while MonotonicTime.now < deadline, !Task.isCancelled {
      let (inProgress, atCalls, holdsNone) = state.withLock { ($0.core.inProgress, $0.atCalls, $0.lanes.isEmpty) }
      if inProgress == 0 { break }
      // A rebalance took them while we stop: another one must not bring them back.
      if mayLeave, holdsNone || (MonotonicTime.now > patience && atCalls >= inProgress) {
        mayLeave = false
        logger.info("giving partitions back; calls in progress end here", ["inProgress": String(inProgress)])
        try? await consumer.unsubscribe()
      }
      try? await Task.sleep(for: .milliseconds(5))
    }
    let left = state.withLock { state in
      (
        inProgress: state.core.inProgress,
        waiting: state.lanes.values.reduce(0) { $0 + $1.lane.heldRecords + $1.stash.count }
      )
    }
    if left.inProgress > 0 {
      logger.warning(
        "stopping with handlers in progress; their records are handled again by the next owner",
        ["inProgress": String(left.inProgress), "waiting": String(left.waiting)])
    }
    await commitEverything(by: MonotonicTime.now + configuration.revokeBudget)
    logger.info(
      "stopped", ["leftInProgress": String(left.inProgress), "leftWaiting": String(left.waiting)])
  }

  private func endWorkers() async {
    let (idle, workers) = state.withLock { state -> ([CheckedContinuation<WorkItem?, Never>], [Worker]) in
      state.isOver = true
      let idle = state.idle.compactMap { $0.continuation.take() }
      state.idle = []
      return (idle, Array(state.workers.values))
    }
    for continuation in idle { continuation.resume(returning: nil) }
    let tasks = state.withLock { _ in workers.compactMap(\.task) }
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
  }
}

/// The first failure of several tasks.
final class FirstFailure: Sendable {
  private let failure = Mutex<(any Error)?>(nil)
  var first: (any Error)? { failure.withLock { $0 } }

  func report(_ error: any Error, raising signal: AsyncSignal) {
    if error is CancellationError { return }
    failure.withLock { if $0 == nil { $0 = error } }
    signal.raise()
  }
}
