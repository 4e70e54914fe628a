internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// What comes out of librdkafka's queue.
extension ConsumerLoop {
  /// Takes what is in the queue, up to a batch: waits for the first record at most `timeout` ms, for further ones not at all.
  func drain(timeout: Int32 = 0) -> BatchDraft? {
    let draft = spare ?? BatchDraft(capacity: settings.batchRecords)
    spare = nil
    filling = draft
    var waits = timeout > 0
    while draft.room > 0, draft.bytes < settings.batchBytes {
      let limit = waits ? 1 : limit(for: draft)
      let taken = unsafe draft.fill(from: queue, limit: limit, timeout: waits ? timeout : 0) {
        unsafe take($0, into: draft)
      }
      if taken < limit || metRebalance { break }
      // Mostly the one that was waited for is alone, and a look at an empty queue costs a system call.
      if waits, unsafe rd_kafka_queue_length(queue) == 0 { break }
      waits = false
    }
    filling = nil
    metRebalance = false
    if draft.isEmpty {
      spare = draft
      return nil
    }
    recordBytes = max(1, draft.bytes / max(1, draft.count))
    return draft
  }

  /// How many records to ask for at once: few enough that records which are larger than those before don't go far beyond the
  /// budget, enough that the call costs nothing.
  private func limit(for draft: BatchDraft) -> Int {
    guard drainsInBulk else { return 1 }
    let mean = draft.count == 0 ? recordBytes : max(1, draft.bytes / draft.count)
    return min(draft.room, 128, max(1, (settings.batchBytes - draft.bytes) / mean))
  }

  /// Called by whoever has taken records out of the queue, while nobody else is at it; `before` is its length before.
  func wakeFetcher(after draft: BatchDraft?, before: Int) {
    guard before > 0 || draft != nil,
      prefetch.shouldWake(
        before: before, queued: unsafe rd_kafka_queue_length(queue), taken: draft?.count ?? 0, bytes: draft?.bytes ?? 0)
    else { return }
    unsafe prefetch.wake(pointer)
  }

  /// A message that is an error or the end of a partition.
  private func take(_ message: rd_kafka_message_t, into draft: BatchDraft) {
    let topic = unsafe message.rkt == nil ? "" : unsafe String(cString: rd_kafka_topic_name(message.rkt))
    let place = unsafe TopicPartition(topic, message.partition)
    if unsafe message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
      unsafe draft.partitionEnds.append(PartitionOffset(place, message.offset))
      return
    }
    var copy = unsafe message
    let text = unsafe String(cString: rd_kafka_message_errstr(&copy))
    if unsafe message.err == RD_KAFKA_RESP_ERR__FATAL { return failFatally(text) }
    unsafe note(KafkaError(message.err, text, at: topic.isEmpty ? nil : place, offset: message.offset), in: draft)
  }

  private func note(_ error: KafkaError, in draft: BatchDraft?) {
    context.report(error)
    // Bounded: an error that repeats without records in between is told once a batch.
    guard let draft, draft.errors.last?.code != error.code || draft.errors.count < 16 else { return }
    draft.errors.append(error)
  }

  private func failFatally(_ text: String) {
    let fatal = unsafe context.fatalError(of: pointer) ?? KafkaError(.fatal, text, isFatal: true)
    context.report(fatal)
    fail(fatal)
  }

  func fail(_ error: KafkaError) {
    let waiter = unsafe state.withLock { state -> Waiter? in
      state.failure = error
      return unsafe state.handOver.stopWaiting()
    }
    unsafe waiter?.resume(returning: .failure(error))
  }
}

/// Called by librdkafka inside ``drain(timeout:)``, so on the thread of whoever is at the queue. A wait for records does not end
/// by itself when something else has come: the yields end it.
extension ConsumerLoop: ConsumerEvents {
  func clientFailed(_ code: rd_kafka_resp_err_t, _ text: String) {
    if code == RD_KAFKA_RESP_ERR__FATAL { failFatally(text) } else { note(KafkaError(code, text), in: filling) }
    unsafe rd_kafka_queue_yield(queue)
  }

  func groupRebalances(_ code: rd_kafka_resp_err_t, _ partitions: [TopicPartition]) {
    let isAssign = code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
    let isLost = unsafe !isAssign && rd_kafka_assignment_lost(pointer) != 0
    let isCooperative =
      unsafe rd_kafka_rebalance_protocol(pointer).map { unsafe String(cString: $0) } == "COOPERATIVE"
    metRebalance = true
    let kind: RebalanceEvent.Kind = isAssign ? .assigned : isLost ? .lost : .revoked
    state.withLock {
      $0.rebalances.append(RebalanceEvent(kind: kind, partitions: partitions, isCooperative: isCooperative))
      $0.isRebalancing = true
    }
    unsafe rd_kafka_queue_yield(queue)
  }
}

extension ConsumerLoop {
  /// Where to go on, given librdkafka's own positions, which are ahead of what was handed over at times: by a batch that waits in
  /// the slot, by what a close drops, and by what a call for many records throws away at a rebalance (below 2.1.0).
  func corrected(_ positions: [PartitionOffset]) -> [PartitionOffset] {
    state.withLock { state in
      let isAhead = unsafe state.isRebalancing || state.handOver.slot != nil || state.handOver.closing != .no
      guard isAhead else { return positions }
      noteHanded(&state)
      return positions.map {
        PartitionOffset($0.topicPartition, min($0.offset, state.handed[$0.topicPartition] ?? PartitionOffset.none))
      }
    }
  }
}
