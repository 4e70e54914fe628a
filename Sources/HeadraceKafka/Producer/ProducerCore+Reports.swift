internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// What the report thread is doing, as far as those who might have to wake it must know.
enum ReporterState: UInt8, AtomicRepresentable {
  /// It looks after the queue again within a few milliseconds.
  case looking
  /// It waits in librdkafka's queue.
  case polling
  /// It sleeps until it is woken.
  case asleep
}

/// Delivery reports.
extension ProducerCore {
  /// How long the report thread leaves reports to an enqueuer that is at work, and to a sender that waits alone.
  private static let enqueuerTime = Duration.milliseconds(1)
  private static let senderTime = Duration.milliseconds(4)

  var loneOpaque: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(lone).toOpaque() }

  /// Called by librdkafka, with its queue's lock held, when the empty queue gets something.
  static func reportsCame(_ core: UnsafeMutableRawPointer?) {
    guard let core = unsafe core else { return }
    unsafe Unmanaged<ProducerCore>.fromOpaque(core)._withUnsafeGuaranteedRef { core in
      core.hasReports.store(true, ordering: .sequentiallyConsistent)
      if core.lone.reportsCame() { return }
      switch core.reporter.load(ordering: .sequentiallyConsistent) {
      case .asleep: core.parker.unpark()
      case .looking where core.awaiting.load(ordering: .sequentiallyConsistent) > 0: core.parker.unpark()
      case .looking, .polling: break
      }
    }
  }

  /// Somebody waits for reports from here on; returns whether nobody else does.
  func beginToAwait() -> Bool {
    let others = awaiting.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
    // What came while nobody waited wakes nobody any more.
    if hasReports.load(ordering: .sequentiallyConsistent) { drainInline() }
    guard others > 0 else { return true }
    // Who relies on a lone sender has the thread look after that.
    if reporter.load(ordering: .sequentiallyConsistent) == .asleep, lone.isTaken { parker.unpark() }
    return false
  }

  /// Handles what reports there are, unless somebody else is at it.
  func drainInline() {
    _ = reporting.withLockIfAvailable { drain(isOpen: $0) }
  }

  /// Handles what reports there are.
  func drain() {
    reporting.withLock { drain(isOpen: $0) }
  }

  private func drain(isOpen: Bool) {
    guard isOpen else { return }
    hasReports.store(false, ordering: .sequentiallyConsistent)
    while let event = unsafe rd_kafka_queue_poll(queue, 0) { unsafe handle(event) }
  }

  func reportLoop() {
    var last = 0
    var quiet = 0
    var isLate = false
    while !stops.load(ordering: .acquiring) {
      let isLone = lone.isTaken
      if awaiting.load(ordering: .acquiring) > 0, !isLone {
        reporter.store(.polling, ordering: .sequentiallyConsistent)
        let event = unsafe rd_kafka_queue_poll(queue, 1_000)
        reporter.store(.looking, ordering: .sequentiallyConsistent)
        if let event = unsafe event {
          reporting.withLock { _ in unsafe handle(event) }
          // One that began to wait alone meanwhile was woken for this event and may have found the queue empty.
          _ = lone.reportsCame()
        }
        continue
      }
      // Somebody handles reports by the way: stay out of it as long as that goes on.
      let now = activity.load(ordering: .relaxed)
      quiet = isLone || now != last ? 0 : quiet + 1
      last = now
      if isLone, hasReports.load(ordering: .acquiring) {
        // The sender was woken and hasn't come: its executor is busy.
        if isLate { drain() }
        isLate.toggle()
      } else {
        isLate = false
      }
      if quiet < 3 {
        _ = parker.park(until: .now + (isLone ? Self.senderTime : Self.enqueuerTime))
        continue
      }
      drain()
      reporter.store(.asleep, ordering: .sequentiallyConsistent)
      let goesOn =
        hasReports.load(ordering: .sequentiallyConsistent)
        || awaiting.load(ordering: .sequentiallyConsistent) > (lone.isTaken ? 1 : 0)
      if !goesOn { _ = parker.park(until: .now + .seconds(1)) }
      reporter.store(.looking, ordering: .sequentiallyConsistent)
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
            } else if unsafe opaque == loneOpaque {
              unsafe lone.finish(
                Outcome(code: code.rawValue, partition: message.pointee.partition, offset: message.pointee.offset))
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
    firstFailure.withLock { $0 = $0 ?? error }
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
}
