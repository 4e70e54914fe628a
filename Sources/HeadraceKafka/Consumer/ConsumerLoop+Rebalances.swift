internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// Rebalances and the close, on the polling thread.
extension ConsumerLoop {
  /// Takes up the next rebalance, one after the other.
  func beginRebalance() {
    guard pendingRebalance == nil,
      let event = state.withLock({ $0.rebalances.isEmpty ? nil : $0.rebalances.removeFirst() })
    else { return }
    sawRebalance = true
    context.meters.rebalances.increment()
    pendingRebalance = (event, .now + settings.revokeDeadline)
    state.withLock { unsafe $0.handOver.begin(holdsForReader: event.kind == .revoked) }
  }

  func callHook() {
    guard var (event, _) = pendingRebalance else { return state.withLock { unsafe $0.handOver.rebalanceApplied() } }
    event.hook = state.withLock { state in
      state.rebalanceAnswer = []
      unsafe state.handOver.hookCalled()
      state.hook += 1
      return state.hook
    }
    if !onRebalance(event) { answer([], to: event.hook) }
  }

  func applyRebalance() {
    guard let (event, _) = pendingRebalance else { return state.withLock { unsafe $0.handOver.rebalanceApplied() } }
    pendingRebalance = nil
    let starts = state.withLock { state in
      if unsafe state.handOver.rebalance != .answered {
        context.logger.warning("rebalance hook took longer than revokeDeadline: going on without it")
      }
      return state.rebalanceAnswer
    }
    if event.kind != .assigned {
      forgetPauses(event.partitions)
      discard(event.partitions)
    }
    let chosen = Dictionary(starts.filter(isUsable).map { ($0.topicPartition, $0.start) }) { $1 }
    let list = event.partitions.map { PartitionStart($0, chosen[$0] ?? .stored) }
    // A commit that runs during an incremental change can lose the assignment before 2.10.0: one after the other.
    if event.isCooperative, !LibraryVersion.isAtLeast(2, 10, 0) {
      let done = Parker()
      let accepted = lane.submit { [self] in
        apply(event, list)
        done.unpark()
      }
      if accepted { done.park() } else { apply(event, list) }
    } else {
      apply(event, list)
    }
    state.withLock { state in
      unsafe state.handOver.rebalanceApplied()
      state.isRebalancing = !state.rebalances.isEmpty
      noteHanded(&state)
      for place in event.partitions { state.handed[place] = nil }
    }
  }

  /// Whether a start that a hook answered with is one.
  private func isUsable(_ start: PartitionStart) -> Bool {
    do throws(KafkaError) {
      try start.check()
      return true
    } catch {
      context.report(error)
      return false
    }
  }

  func apply(_ event: RebalanceEvent, _ starts: [PartitionStart]) {
    let list = PartitionList(starts)
    var problem: KafkaError?
    do throws(KafkaError) {
      switch (event.isCooperative, event.kind == .assigned) {
      case (true, true): try unsafe list.check { unsafe rd_kafka_incremental_assign(pointer, $0) }
      case (true, false): try unsafe list.check { unsafe rd_kafka_incremental_unassign(pointer, $0) }
      case (false, true): try unsafe list.check { unsafe rd_kafka_assign(pointer, $0) }
      case (false, false): try unsafe KafkaError.check(rd_kafka_assign(pointer, nil))
      }
    } catch { problem = error }
    if let problem { context.report(problem) }
  }

  // MARK: Closing, on the thread

  func beginClose() {
    let since = closingSince ?? .now
    closingSince = since
    // Closing a cooperative member between the JoinGroup answer and its first assignment aborts the process below 2.3.0.
    if isCooperative, !LibraryVersion.isAtLeast(2, 3, 0), !sawRebalance, isSubscribed, mayBeJoining(since: since),
      let deadline = state.withLock({ $0.closeDeadline }), .now < deadline
    {
      _ = drain(timeout: 50)
      return
    }
    if let error = unsafe rd_kafka_consumer_close_queue(pointer, queue) {
      let error = unsafe KafkaError(consuming: error)
      leftUndone = "the group was not left: \(error)"
      return state.withLock { unsafe $0.handOver.closed() }
    }
    state.withLock { unsafe $0.handOver.closeBegun() }
  }

  /// The coordinator names a member at its first request, long before it answers the join, so one that is not named after a while has
  /// nothing to join: its topics don't exist, or no broker answers. Static members are named by the join's answer only.
  private func mayBeJoining(since: MonotonicTime) -> Bool {
    settings.groupInstanceID != nil || memberID != nil || .now - since < .seconds(1)
  }

  /// This member's name in its group; `nil` before it has one.
  var memberID: String? {
    guard let text = unsafe rd_kafka_memberid(pointer) else { return nil }
    defer { unsafe rd_kafka_mem_free(pointer, text) }
    let id = unsafe String(cString: text)
    return id.isEmpty ? nil : id
  }

  var isSubscribed: Bool {
    var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    guard unsafe rd_kafka_subscription(pointer, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list else {
      return false
    }
    return unsafe !PartitionList(consuming: list).partitions.isEmpty
  }

  func serveClose() {
    if unsafe rd_kafka_consumer_closed(pointer) != 0 { return state.withLock { unsafe $0.handOver.closed() } }
    if let deadline = state.withLock({ $0.closeDeadline }), .now >= deadline {
      leftUndone = "the group was not left in time: the broker will notice after the session timeout"
      return state.withLock { unsafe $0.handOver.closed() }
    }
    _ = drain(timeout: 20)
  }

  func finish() {
    let isHandling = state.withLock { unsafe $0.handOver.isHandling && $0.handOver.hasReader }
    if isHandling, leftUndone.isEmpty { leftUndone = "a handler was still at its batch" }
    HandlerWatch.shared.remove(self)
    lane.shutDown()
    queries.shutDown()
    local.shutDown()
    context.consumer.withLock { $0 = nil }
    unsafe rd_kafka_queue_destroy(queue)
    ownHandle.withLock { $0 = nil }
    let (jobs, commands) = state.withLock { state in
      defer {
        state.jobs = []
        state.commands = []
      }
      return (state.jobs, state.commands)
    }
    _ = commands
    for job in jobs { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    ended.resume(returning: leftUndone)
  }
}
