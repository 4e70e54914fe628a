internal import CRdkafka
internal import HeadraceCore
internal import Synchronization
internal import HeadraceTelemetry

/// The thread of one consumer: it polls librdkafka, hands batches over, runs rebalances and the close, and is a task executor, so
/// that a handler can run on it without a hop. ``HandOver`` decides, this acts.
///
/// `@unchecked Sendable`: `queue`, `pendingRebalance` and the other plain variables below are touched by the thread only;
/// everything else is behind `state` or an immutable reference. Order of locks: `state` is never held while calling out.
@safe final class ConsumerLoop: TaskExecutor, @unchecked Sendable {
  typealias Waiter = UnsafeContinuation<Result<KafkaBatch?, KafkaError>, Never>

  @safe private struct State {
    var jobs: [UnownedJob] = []
    var commands: [@Sendable () -> Void] = []
    var handOver = unsafe HandOver<BatchDraft, Waiter>()
    var failure: KafkaError?
    var rebalanceAnswer: [PartitionStart] = []
    var closeDeadline: MonotonicTime?
    /// The reader gets the first half of that time to finish its batch, leaving the group the second.
    var readerDeadline: MonotonicTime?
    var handedAt: MonotonicTime?
    var handedOffsets: [PartitionOffset] = []
    /// Finished and not yet stored, in automatic mode.
    var finishedOffsets: [TopicPartition: Int64] = [:]
  }

  let context: ClientContext
  let lane: BlockingLane
  let queries: BlockingLane
  private let settings: KafkaConfiguration.Consumer
  private let ownHandle: Mutex<ClientHandle?>
  private let state = Mutex(State())
  private let parker = Parker()
  /// Called by the thread for each rebalance, off the lock; answers through ``answer(_:)``, or returns false when nobody will.
  private let onRebalance: @Sendable (RebalanceEvent) -> Bool
  private let ended = OneShot<String>()

  // Touched by the thread only.
  private let queue: OpaquePointer
  private let pointer: OpaquePointer
  private var pendingRebalance: (event: RebalanceEvent, deadline: MonotonicTime)?
  private var sawRebalance = false
  private var leftUndone = ""

  /// A group rebalance as the hook sees it.
  struct RebalanceEvent: Sendable {
    enum Kind: Sendable { case assigned, revoked, lost }
    var kind: Kind
    var partitions: [TopicPartition]
    var isCooperative: Bool
  }

  init(_ configuration: KafkaConfiguration, onRebalance: @escaping @Sendable (RebalanceEvent) -> Bool)
    throws(KafkaError)
  {
    let handle = try ClientHandle(
      configuration, role: .consumer,
      events: RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_REBALANCE
        | RD_KAFKA_EVENT_OFFSET_COMMIT)
    settings = configuration.consumer
    context = handle.context
    lane = BlockingLane(name: "kafka-commit")
    queries = BlockingLane(name: "kafka-query")
    ownHandle = Mutex(handle)
    unsafe pointer = handle.pointer
    self.onRebalance = onRebalance
    unsafe rd_kafka_poll_set_consumer(handle.pointer)
    unsafe queue = rd_kafka_queue_get_consumer(handle.pointer)
    OSThread.detached(name: "kafka-poll") { [self] in run() }
    if settings.handlerWarning != nil { HandlerWatch.shared.add(self) { [weak self] in self?.checkHandler() } }
  }

  /// The client, until the consumer is closed.
  func handle() throws(KafkaError) -> ClientHandle {
    guard let handle = ownHandle.withLock({ $0 }) else { throw KafkaError(.closed, "the consumer is closed") }
    return handle
  }

  // MARK: The reader's side

  /// The next batch; `nil` when the consumer is closed or the task is cancelled.
  nonisolated(nonsending) func next() async throws(KafkaError) -> KafkaBatch? {
    let (quick, first) = state.withLock { state in take(&state) }
    first.map { act($0) }
    if let quick { return try quick.get() }
    let result = await withTaskCancellationHandler {
      unsafe await withUnsafeContinuation { (continuation: Waiter) in
        var wake: Wake?
        let answer = state.withLock { state -> Result<KafkaBatch?, KafkaError>? in
          let (quick, action) = take(&state)
          wake = action
          if let quick { return quick }
          if Task.isCancelled { return .success(nil) }
          unsafe state.handOver.wait(continuation)
          return nil
        }
        wake.map { act($0) }
        if let answer { unsafe continuation.resume(returning: answer) }
      }
    } onCancel: {
      unsafe state.withLock { unsafe $0.handOver.leave() }?.resume(returning: .success(nil))
    }
    return try result.get()
  }

  private func take(_ state: inout State) -> (Result<KafkaBatch?, KafkaError>?, Wake?) {
    noteFinished(&state)
    switch unsafe state.handOver.next() {
    case .batch(let draft): return (.success(deliver(draft, &state)), wakeUp(&state))
    case .ended: return (.success(nil), wakeUp(&state))
    case .wait:
      if let failure = state.failure { return (.failure(failure), wakeUp(&state)) }
      return (nil, wakeUp(&state))
    }
  }

  /// A reader announces itself; ``readerLeft()`` ends it. Closing waits for announced readers to finish their batch.
  func readerCame() { state.withLock { unsafe $0.handOver.hasReader = true } }

  /// The reader has gone away: whatever it had counts as finished, except for automatic commits.
  func readerLeft() {
    let waking = state.withLock { state -> Wake? in
      state.handedOffsets = []
      state.handedAt = nil
      unsafe state.handOver.hasReader = false
      unsafe _ = state.handOver.leave()
      return wakeUp(&state)
    }
    waking.map { act($0) }
  }

  /// Ends a waiting reader's call once, without closing: for a graceful shutdown.
  func interrupt() {
    let waiter = unsafe state.withLock { unsafe $0.handOver.leave() }
    unsafe waiter?.resume(returning: .success(nil))
  }

  private func deliver(_ draft: BatchDraft, _ state: inout State) -> KafkaBatch? {
    // Never `nil` here: the thread keeps the handle until it has ended, and it hands nothing over after that.
    guard let handle = ownHandle.withLock({ $0 }) else { return nil }
    let batch = draft.finish(handle)
    if settings.handlerWarning != nil { state.handedAt = .now }
    if settings.commitMode != .manual { state.handedOffsets = batch.nextOffsets }
    context.meters.batches.increment()
    context.meters.consumed.increment(by: batch.count)
    return batch
  }

  private func noteFinished(_ state: inout State) {
    state.handedAt = nil
    guard !state.handedOffsets.isEmpty else { return }
    for offset in state.handedOffsets { state.finishedOffsets[offset.topicPartition] = offset.offset }
    state.handedOffsets = []
  }

  /// Offsets of batches that are finished and not committed yet (automatic mode); forgets them.
  func takeFinishedOffsets() -> [PartitionOffset] {
    state.withLock { state in
      defer { state.finishedOffsets = [:] }
      return state.finishedOffsets.map { PartitionOffset($0.key, $0.value) }
    }
  }

  /// Says, once a batch, that a handler has been at it too long.
  private func checkHandler() {
    guard let limit = settings.handlerWarning else { return }
    let isStuck = state.withLock { state in
      guard let since = state.handedAt, .now - since > limit else { return false }
      state.handedAt = nil
      return true
    }
    guard isStuck else { return }
    context.meters.stuckHandlers.increment()
    context.logger.warning(
      "a handler has kept its batch longer than handlerWarning",
      ["limit": "\(limit)", "maximumPollInterval": "\(settings.maximumPollInterval)"])
  }

  // MARK: Waking the thread

  private enum Wake {
    case yield
    case unpark
  }

  private func wakeUp(_ state: inout State) -> Wake? {
    if unsafe state.handOver.isPolling { return .yield }
    if unsafe state.handOver.isParked {
      unsafe state.handOver.isParked = false
      return .unpark
    }
    return nil
  }

  private func act(_ wake: Wake) {
    switch wake {
    case .yield:
      // With the lock, since the thread may end meanwhile and take the queue along.
      state.withLock { state in
        if unsafe state.handOver.closing != .done { unsafe rd_kafka_queue_yield(queue) }
      }
    case .unpark: parker.unpark()
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let (accepted, wake) = state.withLock { state -> (Bool, Wake?) in
      guard unsafe state.handOver.closing != .done else { return (false, nil) }
      state.jobs.append(job)
      return (true, wakeUp(&state))
    }
    wake.map { act($0) }
    // After the thread's end a task must not hang: it goes on where it was resumed.
    if !accepted { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  /// Runs `body` on the thread, between two polls, and waits for it.
  func command<Result: Sendable>(
    _ body: @escaping @Sendable (OpaquePointer) throws(KafkaError) -> Result
  ) async throws(KafkaError) -> Result {
    let shot = OneShot<Swift.Result<Result, KafkaError>>()
    let (accepted, wake) = state.withLock { state -> (Bool, Wake?) in
      guard unsafe state.handOver.closing == .no else { return (false, nil) }
      state.commands.append { [self] in
        do throws(KafkaError) {
          shot.resume(returning: .success(try unsafe body(pointer)))
        } catch {
          shot.resume(returning: .failure(error))
        }
      }
      return (true, wakeUp(&state))
    }
    guard accepted else { throw KafkaError(.closed, "the consumer is closed") }
    wake.map { act($0) }
    return try await shot.value().get()
  }

  /// Takes the records of `places` out of the slot; on the thread, inside a ``command(_:)``.
  func discard(_ places: [TopicPartition]) {
    let set = Set(places)
    state.withLock { state in
      unsafe state.handOver.withSlot { draft in
        draft.drop(set)
        return draft.isEmpty ? nil : draft
      }
      for place in places { state.finishedOffsets[place] = nil }
    }
  }

  // MARK: Closing

  /// Ends the reader's stream, leaves the group and frees the client; returns what was left undone, empty for nothing.
  func close(deadline: Duration) async -> String {
    let (waiter, wake) = unsafe state.withLock { state -> (Waiter?, Wake?) in
      if state.closeDeadline == nil {
        state.closeDeadline = .now + deadline
        state.readerDeadline = .now + deadline / 2
      }
      let waiter = unsafe state.handOver.close()
      return unsafe (waiter, self.wakeUp(&state))
    }
    unsafe waiter?.resume(returning: .success(nil))
    wake.map { act($0) }
    return await ended.value()
  }

  /// The hook of the rebalance has answered.
  func answer(_ starts: [PartitionStart]) {
    let waking = state.withLock { state -> Wake? in
      state.rebalanceAnswer = starts
      unsafe state.handOver.hookAnswered()
      return wakeUp(&state)
    }
    waking.map { act($0) }
  }

  // MARK: The thread

  private func run() {
    let executor = unsafe asUnownedTaskExecutor()
    var jobs: [UnownedJob] = []
    var commands: [@Sendable () -> Void] = []
    while true {
      let deadline = rebalanceOrCloseDeadline()
      let isOverdue = deadline.map { .now >= $0 } ?? false
      let step = unsafe state.withLock { state -> HandOver<BatchDraft, Waiter>.Step? in
        if !state.jobs.isEmpty || !state.commands.isEmpty {
          swap(&jobs, &state.jobs)
          swap(&commands, &state.commands)
          return nil
        }
        let step = unsafe state.handOver.step(isOverdue: isOverdue)
        if unsafe step == .park || step == .parkForRebalance { unsafe state.handOver.isParked = true }
        return unsafe step
      }
      switch unsafe step {
      case nil:
        for command in commands { command() }
        commands.removeAll(keepingCapacity: true)
        for job in jobs { unsafe job.runSynchronously(on: executor) }
        jobs.removeAll(keepingCapacity: true)
      case .poll: poll()
      case .park: parker.park()
      case .parkForRebalance:
        if let deadline { _ = parker.park(until: deadline) } else { parker.park() }
        state.withLock { unsafe $0.handOver.isParked = false }
      case .callHook: callHook()
      case .applyRebalance: applyRebalance()
      case .beginClose: beginClose()
      case .serveClose: serveClose()
      case .end:
        finish()
        return
      }
    }
  }

  private func rebalanceOrCloseDeadline() -> MonotonicTime? {
    if let pendingRebalance { return pendingRebalance.deadline }
    return state.withLock { unsafe $0.handOver.closing == .asked ? $0.readerDeadline : nil }
  }

  private func poll() {
    var draft = drain(timeout: 0)
    if draft == nil, pendingRebalance == nil {
      // Only now may others wake the thread by a yield: the flag is set under the lock that checks for work again.
      let goes = state.withLock { state in
        guard state.jobs.isEmpty, state.commands.isEmpty, unsafe state.handOver.closing == .no else { return false }
        unsafe state.handOver.isPolling = true
        return true
      }
      if goes {
        draft = drain(timeout: 500)
        state.withLock { unsafe $0.handOver.isPolling = false }
      }
    }
    guard let draft else { return }
    let (waiter, batch) = unsafe state.withLock { state -> (Waiter?, KafkaBatch?) in
      guard let waiter = unsafe state.handOver.offer(draft) else { return (nil, nil) }
      return unsafe (waiter, deliver(draft, &state))
    }
    unsafe waiter?.resume(returning: .success(batch))
  }

  /// Takes what is in the queue, up to a batch: waits for the first event at most `timeout` ms, for further ones not at all.
  private func drain(timeout: Int32) -> BatchDraft? {
    var draft: BatchDraft?
    var timeout = timeout
    while true {
      guard let event = unsafe rd_kafka_queue_poll(queue, timeout) else { break }
      timeout = 0
      if unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH {
        guard let message = unsafe rd_kafka_event_message_next(event) else {
          unsafe rd_kafka_event_destroy(event)
          continue
        }
        let current = draft ?? BatchDraft(capacity: settings.batchRecords)
        draft = current
        if unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
          unsafe current.append(event, message)
        } else {
          unsafe take(message.pointee, into: current)
          unsafe rd_kafka_event_destroy(event)
        }
        if current.count >= settings.batchRecords || current.bytes >= settings.batchBytes { break }
      } else {
        let isRebalance = unsafe rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE
        unsafe take(event, into: &draft)
        unsafe rd_kafka_event_destroy(event)
        if isRebalance { break }
      }
    }
    return draft.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A fetch event that carries an error or the end of a partition.
  private func take(_ message: rd_kafka_message_t, into draft: BatchDraft) {
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
  private func take(_ event: OpaquePointer, into draft: inout BatchDraft?) {
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

  private func note(_ error: KafkaError, in draft: BatchDraft) {
    context.report(error)
    // Bounded: an error that repeats without records in between is told once a batch.
    if draft.errors.last?.code != error.code || draft.errors.count < 16 { draft.errors.append(error) }
  }

  private func fail(_ error: KafkaError) {
    let waiter = unsafe state.withLock { state -> Waiter? in
      state.failure = error
      return unsafe state.handOver.leave()
    }
    unsafe waiter?.resume(returning: .failure(error))
  }

  // MARK: Rebalances, on the thread

  private func begin(_ event: RebalanceEvent) {
    sawRebalance = true
    context.meters.rebalances.increment()
    pendingRebalance = (event, .now + settings.revokeDeadline)
    state.withLock { unsafe $0.handOver.begin(holdsForReader: event.kind == .revoked) }
  }

  private func callHook() {
    guard let (event, _) = pendingRebalance else { return state.withLock { unsafe $0.handOver.rebalanceApplied() } }
    state.withLock { state in
      state.rebalanceAnswer = []
      unsafe state.handOver.hookCalled()
    }
    if !onRebalance(event) { answer([]) }
  }

  private func applyRebalance() {
    guard let (event, _) = pendingRebalance else { return state.withLock { unsafe $0.handOver.rebalanceApplied() } }
    pendingRebalance = nil
    let starts = state.withLock { state in
      if unsafe state.handOver.rebalance != .answered {
        context.logger.warning("rebalance hook took longer than revokeDeadline: going on without it")
      }
      return state.rebalanceAnswer
    }
    if event.kind != .assigned { discard(event.partitions) }
    let chosen = Dictionary(starts.map { ($0.topicPartition, $0.start) }) { $1 }
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
    state.withLock { unsafe $0.handOver.rebalanceApplied() }
  }

  private func apply(_ event: RebalanceEvent, _ starts: [PartitionStart]) {
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

  private func beginClose() {
    // Closing a cooperative member between the JoinGroup answer and its first assignment aborts the process below 2.3.0.
    if settings.assignor == .cooperativeSticky, !LibraryVersion.isAtLeast(2, 3, 0), !sawRebalance, isSubscribed,
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

  private var isSubscribed: Bool {
    var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    guard unsafe rd_kafka_subscription(pointer, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list else {
      return false
    }
    return unsafe !PartitionList(consuming: list).partitions.isEmpty
  }

  private func serveClose() {
    if unsafe rd_kafka_consumer_closed(pointer) != 0 { return state.withLock { unsafe $0.handOver.closed() } }
    if let deadline = state.withLock({ $0.closeDeadline }), .now >= deadline {
      leftUndone = "the group was not left in time: the broker will notice after the session timeout"
      return state.withLock { unsafe $0.handOver.closed() }
    }
    _ = drain(timeout: 20)
  }

  private func finish() {
    let isHandling = state.withLock { unsafe $0.handOver.isHandling && $0.handOver.hasReader }
    if isHandling, leftUndone.isEmpty { leftUndone = "a handler was still at its batch" }
    HandlerWatch.shared.remove(self)
    lane.shutDown()
    queries.shutDown()
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
