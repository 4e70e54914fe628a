internal import CRdkafka
internal import HeadraceCore
internal import Synchronization
internal import HeadraceTelemetry

/// Writes records to Kafka.
///
/// ```swift
/// try await withKafkaProducer(KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")) { producer in
///   let delivery = try await producer.send(ProducerRecord(topic: "greetings", key: "ada", value: "hello"))
///   print(delivery.coordinate)                       // greetings/3/17
/// }
/// ```
///
/// Two ways of writing:
/// - ``enqueue(_:)`` puts a record into the client's queue and returns: it waits for room (never fails because the queue is
///   full, never grows beyond `producer.bufferRecords`), not for the broker. What fails later goes to
///   `producer.onDeliveryFailure` and is counted by the next ``flush(deadline:)``.
/// - ``send(_:)`` returns when the broker has the record, and throws when it doesn't get it. A task that is cancelled
///   meanwhile still gets the result, since a record on its way can't be called back.
///
/// A producer may be used from any number of tasks. Order is kept for each partition in the order of the calls. Close it:
/// ``withKafkaProducer(_:closeDeadline:_:)`` does.
public final class KafkaProducer: Sendable {
  let configuration: KafkaConfiguration

  private struct State {
    var core: ProducerCore
    /// Replaced after fatal errors; kept since writers compare against them.
    var retired: [ProducerCore] = []
    var isTransactionsReady = false
    /// A transaction could neither be committed nor aborted: librdkafka begins no other.
    var isTransactionOpen = false
    var closing: Task<CloseReport, Never>?
  }

  private let state: Mutex<State>
  /// The address of `state.core`, for the fast path: cores live as long as the producer.
  private let coreAddress: Atomic<UInt>

  /// Creates a producer; connects in the background.
  ///
  /// - Throws: ``KafkaError`` with the code ``KafkaError/Code/configuration``, naming the key that is wrong.
  public init(configuration: KafkaConfiguration) throws(KafkaError) {
    self.configuration = configuration
    let core = try ProducerCore(configuration)
    state = Mutex(State(core: core))
    coreAddress = unsafe Atomic(UInt(bitPattern: Unmanaged.passUnretained(core).toOpaque()))
  }

  deinit {
    let core = state.withLock { $0.closing == nil ? $0.core : nil }
    guard let core else { return }
    // Forgotten: records under way are dropped and reported, and the client goes.
    core.context.logger.warning("a producer was released without close()")
    Task.detached { _ = await core.close(deadline: .zero) }
  }

  /// The client in use.
  @inline(__always)
  var core: ProducerCore {
    unsafe Unmanaged<ProducerCore>.fromOpaque(
      UnsafeRawPointer(bitPattern: coreAddress.load(ordering: .acquiring)).unsafelyUnwrapped
    ).takeUnretainedValue()
  }

  /// Whether `core` is the client in use.
  @inline(__always)
  func isInUse(_ core: Unmanaged<ProducerCore>) -> Bool {
    unsafe UInt(bitPattern: core.toOpaque()) == coreAddress.load(ordering: .acquiring)
  }

  // MARK: Writing

  /// Puts a record into the queue, waiting for room if need be.
  ///
  /// - Throws: ``KafkaError``: the record can't be written (too large, unknown partition), the client is closed or dead, or
  ///   the task was cancelled while it waited.
  nonisolated(nonsending) public func enqueue(_ record: ProducerRecord) async throws(KafkaError) {
    let record = configuration.producer.propagatesTraces ? RecordTracing.injecting(record) : record
    let core = try await livingCore()
    let topic = try core.topic(record.topic)
    try await core.acquire()
    unsafe try await produce(record, to: topic, core: core, opaque: nil)
    core.noteActivity()
  }

  /// Puts a record into the queue, waiting for room if need be, and hears of its delivery later: for those who want every result
  /// without a task for each.
  ///
  /// - Parameters:
  ///   - record: what to write.
  ///   - onDelivery: called once, unless this throws, on a thread of the client or of whoever enqueues next; must return soon.
  ///     Reports come in the order in which partitions answer.
  nonisolated(nonsending) public func enqueue(
    _ record: ProducerRecord, onDelivery: @escaping @Sendable (Result<Delivery, KafkaError>) -> Void
  ) async throws(KafkaError) {
    let record = configuration.producer.propagatesTraces ? RecordTracing.injecting(record) : record
    let core = try await livingCore()
    let topic = try core.topic(record.topic)
    try await core.acquire()
    let opaque = unsafe DeliveryCallback(topic: record.topic, report: onDelivery).opaque
    do throws(KafkaError) {
      try await unsafe produce(record, to: topic, core: core, opaque: opaque)
    } catch {
      unsafe _ = DeliveryCallback.taking(opaque)
      throw error
    }
    core.noteActivity()
  }

  /// Puts records into the queue, in order, waiting for room if need be.
  ///
  /// - Throws: ``KafkaError`` for the first record that can't be queued; those before it are.
  nonisolated(nonsending) public func enqueue(contentsOf records: some Sequence<ProducerRecord>)
    async throws(KafkaError)
  {
    for record in records { try await enqueue(record) }
  }

  /// Puts `count` records into the queue, in order, waiting for room if need be; each is made when its turn comes, and a topic is
  /// looked up once for a run of records.
  ///
  /// - Throws: as ``enqueue(contentsOf:)``.
  nonisolated(nonsending) package func enqueue(
    count: Int, _ record: (_ index: Int) -> ProducerRecord
  ) async throws(KafkaError) {
    let core = try await livingCore()
    let isTraced = configuration.producer.propagatesTraces && Tracer.current != nil
    var topic: ProducerTopic?
    for index in 0..<count {
      let record = isTraced ? RecordTracing.injecting(record(index)) : record(index)
      let known: ProducerTopic
      if let topic, topic.name == record.topic { known = topic } else { known = try core.topic(record.topic) }
      topic = known
      try await core.acquire()
      let code = unsafe core.produce(record, to: known, opaque: nil)
      if code != RD_KAFKA_RESP_ERR_NO_ERROR {
        try await core.retry(code, topic: known) { unsafe core.produce(record, to: known, opaque: nil) }
      }
      core.noteActivity()
    }
  }

  /// Writes a record and waits for its acknowledgement.
  ///
  /// - Returns: where it was written.
  /// - Throws: ``KafkaError``; with ``KafkaError/isOutcomeUnknown`` the record may have been written all the same.
  @discardableResult
  nonisolated(nonsending) public func send(_ record: ProducerRecord) async throws(KafkaError) -> Delivery {
    guard configuration.producer.propagatesTraces, Tracer.current != nil else { return try await sendPlain(record) }
    do { return try await sendTraced(record) } catch {
      throw error as? KafkaError ?? KafkaError(.failure, "\(error)")
    }
  }

  nonisolated(nonsending) func sendPlain(_ record: ProducerRecord) async throws(KafkaError) -> Delivery {
    let core = try await livingCore()
    let topic = try core.topic(record.topic)
    try await core.acquire()
    let outcome = try await unsafe core.awaitReport(topic: topic) { opaque in
      unsafe core.produce(record, to: topic, opaque: opaque)
    }
    return try core.delivery(outcome, topic: record.topic)
  }

  /// Writes records, in order, and waits for all of them.
  ///
  /// - Returns: one result for each record, in the order of the records.
  nonisolated(nonsending) public func send(
    contentsOf records: [ProducerRecord]
  ) async throws(KafkaError) -> [Result<Delivery, KafkaError>] {
    guard !records.isEmpty else { return [] }
    let core = try await livingCore()
    let records =
      configuration.producer.propagatesTraces && Tracer.current != nil
      ? records.map(RecordTracing.injecting) : records
    let batch = BatchDelivery(count: records.count)
    for index in records.indices {
      do throws(KafkaError) {
        let topic = try core.topic(records[index].topic)
        try await core.acquire()
        while true {
          let seen = core.permits.releases
          let code = unsafe core.produce(records[index], to: topic, opaque: batch.opaque(index))
          if code == RD_KAFKA_RESP_ERR_NO_ERROR { break }
          guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
            core.permits.release(1)
            batch.refuse(index, code)
            break
          }
          do throws(KafkaError) {
            try await core.waitForBytes(after: seen, topic: records[index].topic)
          } catch {
            core.permits.release(1)
            throw error
          }
        }
      } catch {
        batch.refuse(index, error.code.c)
      }
      core.noteActivity()
    }
    await core.awaitResults(of: batch)
    return records.indices.map { index in
      let (code, partition, offset) = batch.result(index)
      do throws(KafkaError) {
        return .success(
          try core.delivery(
            ProducerCore.Outcome(code: code, partition: partition, offset: offset), topic: records[index].topic))
      } catch { return .failure(error) }
    }
  }

  /// A handle for many records to one topic: the fastest way.
  public func writer(for topic: String) throws(KafkaError) -> TopicWriter {
    _ = try usableCore().topic(topic)
    return TopicWriter(topic: topic, producer: self)
  }

  nonisolated(nonsending) func produce(
    _ record: ProducerRecord, to topic: ProducerTopic, core: ProducerCore, opaque: UnsafeMutableRawPointer?
  ) async throws(KafkaError) {
    let code = unsafe core.produce(record, to: topic, opaque: opaque)
    if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
    try await core.retry(code, topic: topic) { unsafe core.produce(record, to: topic, opaque: opaque) }
  }

  // MARK: State

  /// Records that wait or are under way.
  public var outstanding: Int { core.permits.inUse }

  /// The error that made this client unusable, if there is one; see ``recreate()``.
  public var fatalError: KafkaError? { core.context.fatal.withLock { $0 } }

  /// Waits until nothing is under way any more, records enqueued meanwhile included; `linger` is not waited for.
  ///
  /// - Returns: what was left when the deadline passed, and how many enqueued records failed since the last flush.
  @discardableResult
  public func flush(deadline: Duration = .seconds(30)) async -> FlushReport {
    await core.flush(deadline: deadline)
  }

  /// Takes no more records, waits until those under way are delivered, at most until `deadline`, then drops the rest (each is
  /// reported as failed) and frees the client in the background. Twice is fine: the second call gets the first one's report.
  @discardableResult
  public func close(deadline: Duration = .seconds(10)) async -> CloseReport {
    let task = state.withLock { state in
      if let closing = state.closing { return closing }
      let core = state.core
      let task = Task.detached {
        let start = ContinuousClock.now
        return CloseReport(await core.close(deadline: deadline), of: core, elapsed: ContinuousClock.now - start)
      }
      state.closing = task
      return task
    }
    return await task.value
  }

  /// Puts a new client in the place of a dead one. Records under way in the old one are reported as failed first; a
  /// transactional producer must call ``initTransactions(deadline:)`` again.
  public func recreate() async throws(KafkaError) {
    let old = core
    guard !state.withLock({ $0.closing != nil }) else { throw KafkaError(.closed, "the producer is closed") }
    let fresh = try ProducerCore(configuration)
    let isCurrent = state.withLock { state in
      guard state.closing == nil, state.core === old else { return false }
      state.retired.append(old)
      state.core = fresh
      state.isTransactionsReady = false
      state.isTransactionOpen = false
      unsafe coreAddress.store(UInt(bitPattern: Unmanaged.passUnretained(fresh).toOpaque()), ordering: .releasing)
      return true
    }
    // Somebody else was faster, or the producer is being closed.
    _ = await (isCurrent ? old : fresh).close(deadline: .zero)
  }

  /// The number of partitions of a topic, from the cluster's metadata.
  public func partitionCount(of topic: String, deadline: Duration = .seconds(10)) async throws(KafkaError) -> Int {
    let handle = try core.handle()
    return try await core.queries.run("partitionCount", deadline: deadline, isCancellable: true) {
      timeout throws(KafkaError) in
      try MetadataQuery.partitionCount(of: topic, on: handle, timeout: timeout)
    }
  }

  /// The client, unless it is dead.
  func usableCore() throws(KafkaError) -> ProducerCore {
    let core = core
    if core.context.isDead.load(ordering: .acquiring), let fatal = fatalError { throw fatal }
    return core
  }

  /// The client, replaced first when it is dead and that was asked for. Transactional producers are replaced between
  /// transactions only.
  @inline(__always)
  nonisolated(nonsending) func livingCore() async throws(KafkaError) -> ProducerCore {
    let core = core
    guard core.context.isDead.load(ordering: .acquiring) else { return core }
    return try await replacedCore()
  }

  private func replacedCore() async throws(KafkaError) -> ProducerCore {
    if configuration.producer.recreatesAfterFatal, configuration.producer.transactionalID == nil {
      try await recreate()
    }
    return try usableCore()
  }

  /// Puts the client into the state that a fatal error leaves it in; for tests.
  package func simulateFatalError() throws {
    let handle = try core.handle()
    unsafe _ = rd_kafka_test_fatal_error(
      handle.pointer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "sequence desynchronisation, simulated")
    _ = core.fatalError()
  }

  /// Before a transaction: a new client in the place of a dead one when that was asked for, or of one whose last transaction has no end,
  /// and `initTransactions` once for each client. A fenced producer stays dead: another has taken over.
  func prepareTransactions(deadline: Duration) async throws(KafkaError) {
    if configuration.producer.recreatesAfterFatal, let fatal = fatalError {
      guard ![.fenced, .producerFenced].contains(fatal.code) else { throw fatal }
      try await recreate()
    } else if state.withLock({ $0.isTransactionOpen }) {
      // Taking the id over ends what was left.
      try await recreate()
    }
    guard !state.withLock({ $0.isTransactionsReady }) else { return }
    try await initTransactions(deadline: deadline)
  }

  /// A transaction was left as it is.
  func noteTransactionOpen() { state.withLock { $0.isTransactionOpen = true } }

  func noteTransactionsReady() { state.withLock { $0.isTransactionsReady = true } }
}

extension CloseReport {
  fileprivate init(_ report: FlushReport, of core: ProducerCore, elapsed: Duration) {
    undelivered = report.undelivered
    // What an abort drops was meant to be dropped.
    failed = core.isTransactional ? 0 : report.failed
    firstFailure = failed == 0 ? nil : core.firstFailure.withLock { $0 }
    isComplete = undelivered == 0 && failed == 0
    self.elapsed = elapsed
    var left: [String] = []
    if undelivered > 0 { left.append("\(undelivered) records were not delivered") }
    if let firstFailure { left.append("\(failed) records failed before, the first with \(firstFailure)") }
    leftUndone = left.joined(separator: "; ")
  }
}

/// Runs `body` with a producer, then closes it, which waits for what was enqueued; also when `body` throws.
///
/// - Parameters:
///   - configuration: where to write.
///   - closeDeadline: how long the end may wait for records that are under way. Default 30 s.
///   - body: what writes.
/// - Throws: what `body` throws; ``KafkaError`` when records were left undelivered, and when enqueued records failed and no
///   `producer.onDeliveryFailure` heard of them.
@discardableResult
nonisolated(nonsending) public func withKafkaProducer<Result>(
  _ configuration: KafkaConfiguration, closeDeadline: Duration = .seconds(30),
  _ body: nonisolated(nonsending) (KafkaProducer) async throws -> Result
) async throws -> Result {
  let producer = try KafkaProducer(configuration: configuration)
  do {
    let result = try await body(producer)
    let report = await producer.close(deadline: closeDeadline)
    guard report.undelivered == 0 else { throw KafkaError(.messageTimedOut, report.leftUndone) }
    if let failure = report.firstFailure, configuration.producer.onDeliveryFailure == nil { throw failure }
    return result
  } catch {
    await producer.close(deadline: closeDeadline)
    throw error
  }
}
