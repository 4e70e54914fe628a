internal import CRdkafka
internal import HeadraceCore
internal import Synchronization
internal import Glibc
internal import HeadraceTelemetry

/// One librdkafka producer with its reports. ``KafkaProducer`` puts another in its place after a fatal error.
///
/// Reports are handled by whoever enqueues, every 1,024 records (freeing records on another thread than the one that made
/// them halves the rate of small ones), and by a report thread when nobody enqueues or somebody waits.
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
  private let queue: OpaquePointer
  private let onDeliveryFailure: (@Sendable (DeliveryFailure) -> Void)?
  private let isTransactional: Bool
  private let topics = Mutex<[String: ProducerTopic]>([:])
  /// Held while reports are handled; false once the queue is gone.
  private let reporting = Mutex(true)
  /// Enqueued records, roughly: racing increments may get lost, which only moves the moment of a drain.
  private let activity = Atomic<Int>(0)
  /// Those who wait for a report: the report thread serves at once while there are any.
  private let awaiting = Atomic<Int>(0)
  private let stops = Atomic<Bool>(false)
  private let stopped = OneShot<Void>()
  /// Enqueued records that failed since the last flush.
  private let failures = Atomic<Int>(0)

  private let ownHandle: Mutex<ClientHandle?>

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
    do throws(Permits.Denied) {
      try await awaited { () throws(Permits.Denied) in try await permits.acquire() }
    } catch {
      switch error {
      case .closed: throw KafkaError(.closed, "the producer is closed")
      case .cancelled: throw KafkaError(.cancelled, "cancelled while waiting for room in the queue")
      }
    }
  }

  /// Runs `body` with the report thread serving at once.
  nonisolated(nonsending) func awaited<Result, Failure: Error>(
    _ body: nonisolated(nonsending) () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    awaiting.wrappingAdd(1, ordering: .acquiringAndReleasing)
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

  // MARK: Reports

  /// Handles what reports there are, unless somebody else is at it.
  func drainInline() {
    _ = reporting.withLockIfAvailable { isOpen in
      while isOpen, let event = unsafe rd_kafka_queue_poll(queue, 0) { unsafe handle(event) }
    }
  }

  private func reportLoop() {
    var last = 0
    var quiet = 3
    while true {
      if awaiting.load(ordering: .acquiring) == 0, !stops.load(ordering: .acquiring) {
        // Somebody enqueues and drains inline: stay out of the way until that has been quiet for 3 ms.
        let now = activity.load(ordering: .relaxed)
        if now != last {
          last = now
          quiet = 0
        } else {
          quiet += 1
        }
        if quiet < 3 {
          var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
          unsafe nanosleep(&pause, nil)
          continue
        }
      }
      if let event = unsafe rd_kafka_queue_poll(queue, 1_000) {
        reporting.withLock { _ in unsafe handle(event) }
      } else if stops.load(ordering: .acquiring) {
        break
      }
    }
    stopped.resume(returning: ())
  }

  /// Handles and destroys an event; with `reporting` held.
  private func handle(_ event: OpaquePointer) {
    guard unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_DR else {
      _ = unsafe ownHandle.withLock { $0 }?.handleCommon(event)
      unsafe rd_kafka_event_destroy(event)
      return
    }
    var delivered = 0
    var failed = 0
    var callbacks: [(DeliveryCallback, Outcome)] = []
    unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<rd_kafka_message_t>?.self, capacity: 512) { messages in
      while true {
        let count = unsafe rd_kafka_event_message_array(event, messages.baseAddress, 512)
        if count == 0 { break }
        for index in 0..<count {
          let message = unsafe messages[index].unsafelyUnwrapped
          let code = unsafe message.pointee.err
          if code == RD_KAFKA_RESP_ERR_NO_ERROR { delivered &+= 1 } else { failed &+= 1 }
          if let opaque = unsafe message.pointee._private {
            if let entry = unsafe BatchDelivery.entry(opaque) {
              unsafe entry.pointee.code = code.rawValue
              unsafe entry.pointee.partition = message.pointee.partition
              unsafe entry.pointee.offset = message.pointee.offset
              unsafe entry.pointee.batch._withUnsafeGuaranteedRef { $0.finish(1) }
            } else if let callback = unsafe DeliveryCallback.taking(opaque) {
              unsafe callbacks.append(
                (
                  callback,
                  Outcome(code: code.rawValue, partition: message.pointee.partition, offset: message.pointee.offset)
                ))
            } else {
              let continuation = unsafe unsafeBitCast(opaque, to: UnsafeContinuation<Outcome, Never>.self)
              unsafe continuation.resume(
                returning: Outcome(
                  code: code.rawValue, partition: message.pointee.partition, offset: message.pointee.offset))
            }
          } else if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            failures.wrappingAdd(1, ordering: .relaxed)
            unsafe reportFailure(message.pointee)
          }
        }
      }
    }
    // Frees the records: only now there is room again.
    unsafe rd_kafka_event_destroy(event)
    if delivered > 0 { context.meters.delivered.increment(by: delivered) }
    if failed > 0 { context.meters.failed.increment(by: failed) }
    permits.release(delivered + failed)
    for (callback, outcome) in callbacks {
      do throws(KafkaError) {
        callback.report(.success(try delivery(outcome, topic: callback.topic)))
      } catch { callback.report(.failure(error)) }
    }
  }

  private func reportFailure(_ message: rd_kafka_message_t) {
    let topic = unsafe String(cString: rd_kafka_topic_name(message.rkt))
    let error = unsafe deliveryError(message.err, topic: topic, partition: message.partition)
    guard let onDeliveryFailure else {
      context.logger.warning("record not delivered", [LogKeys.error: error.description])
      return
    }
    func bytes(_ start: UnsafeMutableRawPointer?, _ count: Int) -> [UInt8]? {
      unsafe start.map { unsafe Array(UnsafeRawBufferPointer(start: $0, count: count)) }
    }
    unsafe onDeliveryFailure(
      DeliveryFailure(
        error: error, key: bytes(message.key, message.key_len), value: bytes(message.payload, message.len)))
  }

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
  func close(deadline: Duration) async -> Int {
    permits.close()
    var undelivered = 0
    if deadline > .zero {
      undelivered = await flush(deadline: deadline).undelivered
    } else {
      undelivered = permits.inUse
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
      unsafe rd_kafka_queue_destroy(queue)
    }
    ownHandle.withLock { $0 = nil }
    return undelivered
  }
}
