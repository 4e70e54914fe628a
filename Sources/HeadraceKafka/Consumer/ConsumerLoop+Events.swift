internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// What comes out of librdkafka's queue.
extension ConsumerLoop {
  /// Takes what is in the queue, up to a batch: waits for the first event at most `timeout` ms, for further ones not at all.
  func drain(timeout: Int32) -> BatchDraft? {
    var draft: BatchDraft?
    var timeout = timeout
    // What the reader left comes before what is still in the queue.
    var left = state.withLock { state -> SendablePointer? in
      defer { state.leftForThread = nil }
      return state.leftForThread
    }
    while let event = unsafe left?.pointer ?? rd_kafka_queue_poll(queue, timeout) {
      left = nil
      timeout = 0
      if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH {
        if unsafe takeFetched(event, into: &draft) { break }
      } else {
        let isRebalance = unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE
        unsafe take(event, into: &draft)
        unsafe rd_kafka_event_destroy(event)
        if isRebalance { break }
      }
    }
    return draft.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Called by whoever has taken records out of the queue, while nobody else is at it.
  func wakeFetcher(after draft: BatchDraft) {
    guard prefetch.shouldWake(queued: unsafe rd_kafka_queue_length(queue), taken: draft.count, bytes: draft.bytes)
    else { return }
    unsafe prefetch.wake(pointer)
  }

  /// Takes over a fetch event; returns whether the batch is full now.
  @inline(__always)
  func takeFetched(_ event: OpaquePointer, into draft: inout BatchDraft?) -> Bool {
    guard let message = unsafe rd_kafka_event_message_next(event) else {
      unsafe rd_kafka_event_destroy(event)
      return false
    }
    let current = draft ?? BatchDraft(capacity: settings.batchRecords)
    draft = current
    if unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
      unsafe current.append(event, message)
    } else {
      unsafe take(message.pointee, into: current)
      unsafe rd_kafka_event_destroy(event)
    }
    return current.count >= settings.batchRecords || current.bytes >= settings.batchBytes
  }

  /// A fetch event that carries an error or the end of a partition.
  func take(_ message: rd_kafka_message_t, into draft: BatchDraft) {
    let topic = unsafe message.rkt == nil ? "" : unsafe String(cString: rd_kafka_topic_name(message.rkt))
    let place = unsafe TopicPartition(topic, message.partition)
    if unsafe message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
      unsafe draft.partitionEnds.append(PartitionOffset(place, message.offset))
      return
    }
    var copy = unsafe message
    let text = unsafe String(cString: rd_kafka_message_errstr(&copy))
    unsafe note(KafkaError(message.err, text, at: topic.isEmpty ? nil : place, offset: message.offset), in: draft)
  }

  /// Any other event.
  func take(_ event: OpaquePointer, into draft: inout BatchDraft?) {
    switch unsafe rd_kafka_event_type(event) {
    case RD_KAFKA_EVENT_REBALANCE:
      let list = unsafe rd_kafka_event_topic_partition_list(event)
      let isAssign = unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
      let isLost = unsafe !isAssign && rd_kafka_assignment_lost(pointer) != 0
      let isCooperative =
        unsafe rd_kafka_rebalance_protocol(pointer).map { unsafe String(cString: $0) } == "COOPERATIVE"
      unsafe begin(
        RebalanceEvent(
          kind: isAssign ? .assigned : isLost ? .lost : .revoked,
          partitions: PartitionList.offsets(of: list).map(\.topicPartition), isCooperative: isCooperative))
    case RD_KAFKA_EVENT_ERROR:
      let code = unsafe rd_kafka_event_error(event)
      let text = unsafe rd_kafka_event_error_string(event).map { unsafe String(cString: $0) }
      if unsafe rd_kafka_event_error_is_fatal(event) != 0 || code == RD_KAFKA_RESP_ERR__FATAL {
        let fatal = unsafe context.fatalError(of: pointer) ?? KafkaError(KafkaError.Code(code), text, isFatal: true)
        context.report(fatal)
        fail(fatal)
      } else {
        // Ends and errors of partitions come as error events.
        let place = unsafe rd_kafka_event_topic_partition(event)
        defer { if let place = unsafe place { unsafe rd_kafka_topic_partition_destroy(place) } }
        let named = unsafe place.map { unsafe TopicPartition(String(cString: $0.pointee.topic), $0.pointee.partition) }
        let offset = unsafe place.map { unsafe $0.pointee.offset }
        let current = draft ?? BatchDraft(capacity: 1)
        draft = current
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF, let named, let offset {
          current.partitionEnds.append(PartitionOffset(named, offset))
        } else {
          note(KafkaError(code, text, at: named, offset: offset), in: current)
        }
      }
    default:
      unsafe _ = ownHandle.withLock { $0 }?.handleCommon(event)
    }
  }

  func note(_ error: KafkaError, in draft: BatchDraft) {
    context.report(error)
    // Bounded: an error that repeats without records in between is told once a batch.
    if draft.errors.last?.code != error.code || draft.errors.count < 16 { draft.errors.append(error) }
  }

  func fail(_ error: KafkaError) {
    let waiter = unsafe state.withLock { state -> Waiter? in
      state.failure = error
      return unsafe state.handOver.leave()
    }
    unsafe waiter?.resume(returning: .failure(error))
  }
}
