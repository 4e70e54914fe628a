internal import CRdkafka
internal import HeadraceCore
internal import Synchronization
internal import HeadraceTelemetry

/// One librdkafka producer with its reports. ``KafkaProducer`` puts another in its place after a fatal error.
///
/// Reports are handled by whoever enqueues, every 1,024 records (freeing records on another thread than the one that made
/// them halves the rate of small ones), by a sender that waits alone, and by a thread when nobody enqueues or several wait.
///
/// `@unchecked Sendable`: `queue` is a handle that may be used from any thread and is destroyed after the report thread ended
/// and with all permits collected.
@safe final class ProducerCore: @unchecked Sendable {
  /// Dangles once ``close(deadline:)`` has collected all permits; every use before that holds one, or the handle.
  let pointer: OpaquePointer
  let context: ClientContext
  let permits: Permits
  let lane: BlockingLane
  let queries: BlockingLane
  let queue: OpaquePointer
  let onDeliveryFailure: (@Sendable (DeliveryFailure) -> Void)?
  let isTransactional: Bool
  private let topics = Mutex<[String: ProducerTopic]>([:])
  /// Held while reports are handled; false once the queue is gone.
  let reporting = Mutex(true)
  /// Reports have come since somebody last looked.
  let hasReports = Atomic<Bool>(false)
  /// What the report thread is doing.
  let reporter = Atomic<ReporterState>(.looking)
  let parker = Parker()
  let lone = LoneSend()
  /// Enqueued records, roughly: racing increments may get lost, which only moves the moment of a drain.
  let activity = Atomic<Int>(0)
  /// Those who wait for a report: the report thread serves at once while there are any.
  let awaiting = Atomic<Int>(0)
  let stops = Atomic<Bool>(false)
  let stopped = OneShot<Void>()
  /// Enqueued records that failed since the last flush, and why the first ever did.
  let failures = Atomic<Int>(0)
  let firstFailure = Mutex<KafkaError?>(nil)

  let ownHandle: Mutex<ClientHandle?>

  init(_ configuration: KafkaConfiguration) throws(KafkaError) {
    let handle = try ClientHandle(
      configuration, role: .producer,
      events: RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS)
    ownHandle = Mutex(handle)
    unsafe pointer = handle.pointer
    context = handle.context
    let limit = configuration.extra["queue.buffering.max.messages"].flatMap { Int($0) }
    permits = Permits(capacity: max(1, limit ?? configuration.producer.bufferRecords))
    lane = BlockingLane(name: "kafka-txn")
    queries = BlockingLane(name: "kafka-query")
    unsafe queue = rd_kafka_queue_get_main(handle.pointer)
    onDeliveryFailure = configuration.producer.onDeliveryFailure
    isTransactional = configuration.producer.transactionalID != nil
    unsafe rd_kafka_queue_cb_event_enable(
      queue, { _, core in unsafe ProducerCore.reportsCame(core) }, Unmanaged.passUnretained(self).toOpaque())
    OSThread.detached(name: "kafka-reports") { [self] in reportLoop() }
  }

  /// The client, for as long as the caller keeps it; calls on a lane keep it through their end.
  func handle() throws(KafkaError) -> ClientHandle {
    guard let handle = ownHandle.withLock({ $0 }) else { throw KafkaError(.closed, "the producer is closed") }
    return handle
  }

  /// The handle for `name`, made at the first use.
  func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
    try topics.withLock { topics throws(KafkaError) in
      if let known = topics[name] { return known }
      // With all permits collected the client may be gone.
      guard !stops.load(ordering: .acquiring) else { throw KafkaError(.closed, "the producer is closed") }
      let topic = try ProducerTopic(name: name, core: self)
      topics[name] = topic
      return topic
    }
  }

  // MARK: Room

  @inline(__always)
  func acquire() async throws(KafkaError) {
    if permits.tryAcquire() == 1 { return }
    try await acquireSlowly()
  }

  private func acquireSlowly() async throws(KafkaError) {
    drainInline()
    let isAlone = beginToAwait()
    defer { awaiting.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
    do throws(Permits.Denied) {
      if isAlone, lone.take() {
        let isGranted = await makeRoom()
        if lone.giveBack() { drain() }
        if isGranted { return }
      }
      try await permits.acquire()
    } catch {
      switch error {
      case .closed: throw KafkaError(.closed, "the producer is closed")
      case .cancelled: throw KafkaError(.cancelled, "cancelled while waiting for room in the queue")
      }
    }
  }

  /// The only one who waits handles the reports itself until one of them gives it room: no other thread has to, and records are
  /// freed where they were made. Returns false when it must wait in turn, or no longer.
  private func makeRoom() async -> Bool {
    while permits.tryAcquire() == 0 {
      if Task.isCancelled || permits.isClosed || awaiting.load(ordering: .acquiring) > 1 { return false }
      await withTaskCancellationHandler {
        _ = await lone.news()
      } onCancel: {
        _ = lone.reportsCame()
      }
      drain()
    }
    return true
  }

  /// Runs `body` while reports are handled as soon as they come.
  nonisolated(nonsending) func awaited<Result, Failure: Error>(
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    _ = beginToAwait()
    defer { awaiting.wrappingSubtract(1, ordering: .acquiringAndReleasing) }
    return try await body()
  }

  /// Counts one enqueued record and handles reports when it is time.
  @inline(__always)
  func noteActivity(_ count: Int = 1) {
    let before = activity.load(ordering: .relaxed)
    let now = before &+ count
    activity.store(now, ordering: .relaxed)
    if before >> 10 != now >> 10 { drainInline() }
  }

  /// librdkafka's queue had no room for the bytes of a record whose permit the caller holds: waits for the next release.
  ///
  /// - Throws: `queueFull` when nothing is under way, so that waiting would be for ever.
  func waitForBytes(after seen: UInt64, topic: String) async throws(KafkaError) {
    drainInline()
    if permits.isClosed { throw KafkaError(.closed, "the producer is closed", topic: topic) }
    if unsafe rd_kafka_outq_len(pointer) == 0, permits.releases == seen {
      throw KafkaError(
        .queueFull, "the record is larger than producer.bufferBytes", topic: topic, isRetriable: false)
    }
    await awaited { await permits.release(after: seen) }
  }

  // MARK: Errors

  /// The error of a record that was refused or not delivered.
  func deliveryError(_ code: rd_kafka_resp_err_t, topic: String, partition: Int32) -> KafkaError {
    if code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__FENCED,
      let fatal = fatalError()
    {
      return fatal.at(TopicPartition(topic, partition))
    }
    var error = KafkaError(code, at: TopicPartition(topic, partition))
    if isTransactional {
      error.requiresAbort = true
      error.isRetriable = false
    }
    error.isOutcomeUnknown = code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT
    return error
  }

  /// The error that made the client unusable, if there is one.
  func fatalError() -> KafkaError? {
    if let known = context.fatal.withLock({ $0 }) { return known }
    guard let handle = try? handle() else { return nil }
    defer { withExtendedLifetime(handle) {} }
    return unsafe context.fatalError(of: handle.pointer)
  }

  /// What a report says.
  struct Outcome: Sendable {
    var code: Int32
    var partition: Int32
    var offset: Int64
  }

  // MARK: Flush and close

  /// Waits until nothing is under way.
  func flush(deadline: Duration) async -> FlushReport {
    await awaited {
      if permits.inUse > 0 {
        let end = OneShot<Void>()
        // librdkafka stops lingering while a flush runs; it returns when the last report was handled.
        if let handle = try? handle() {
          queries.submit { _ = unsafe rd_kafka_flush(handle.pointer, deadline.kafkaMilliseconds) }
        }
        let waiter = Task.detached { [permits] in
          await permits.waitUntilIdle()
          end.resume(returning: ())
        }
        let timer = Task.detached {
          if (try? await Task.sleep(for: deadline)) != nil { end.resume(returning: ()) }
        }
        await end.value()
        timer.cancel()
        _ = waiter
      }
    }
    return FlushReport(
      undelivered: permits.inUse, failed: failures.exchange(0, ordering: .acquiringAndReleasing))
  }

  /// Flushes until `deadline`, drops what is left, and gives the client to the reaper. Once.
  func close(deadline: Duration) async -> FlushReport {
    permits.close()
    // Whoever waits for room looks again.
    _ = lone.reportsCame()
    let report: FlushReport
    if deadline > .zero {
      report = await flush(deadline: deadline)
    } else {
      report = FlushReport(
        undelivered: permits.inUse, failed: failures.exchange(0, ordering: .acquiringAndReleasing))
    }
    awaiting.wrappingAdd(1, ordering: .acquiringAndReleasing)
    while permits.inUse > 0 {
      // Every record gets its report (purged), which the report thread handles. Again and again, for one may still be on its
      // way in from a task that had its permit before the doors were closed.
      unsafe rd_kafka_purge(
        pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
      let idle = OneShot<Void>()
      let waiter = Task.detached { [permits] in
        await permits.waitUntilIdle()
        idle.resume(returning: ())
      }
      let timer = Task.detached {
        if (try? await Task.sleep(for: .milliseconds(50))) != nil { idle.resume(returning: ()) }
      }
      await idle.value()
      timer.cancel()
      _ = waiter
    }
    stops.store(true, ordering: .releasing)
    parker.unpark()
    unsafe rd_kafka_queue_yield(queue)
    await stopped.value()
    lane.shutDown()
    queries.shutDown()
    topics.withLock { topics in
      for topic in topics.values { topic.destroy() }
      // The objects stay: writers may still look at their `core`.
    }
    reporting.withLock { isOpen in
      isOpen = false
      unsafe rd_kafka_queue_cb_event_enable(queue, nil, nil)
      unsafe rd_kafka_queue_destroy(queue)
    }
    ownHandle.withLock { $0 = nil }
    return report
  }
}
