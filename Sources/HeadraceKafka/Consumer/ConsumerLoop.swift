internal import CRdkafka
internal import HeadraceCore
internal import Synchronization
internal import HeadraceTelemetry

/// The thread of one consumer: it polls librdkafka, hands batches over, runs rebalances and the close, and is a task executor, so
/// that a handler can run on it without a hop. ``HandOver`` decides, this acts.
///
/// `@unchecked Sendable`: `pendingRebalance` and the other plain variables below are touched by the thread only, those of the queue by the
/// thread or, while `handOver.readerDrains`, by the reader; everything else is behind `state` or an immutable reference. Order of locks: `state` is never held while calling out.
@safe final class ConsumerLoop: TaskExecutor, @unchecked Sendable {
  typealias Waiter = UnsafeContinuation<Result<KafkaBatch?, KafkaError>, Never>

  @safe struct State {
    var jobs: [UnownedJob] = []
    var commands: [@Sendable () -> Void] = []
    /// Rebalances that came out of librdkafka's queue and that the thread has not begun yet.
    var rebalances: [RebalanceEvent] = []
    /// From when a rebalance is seen until it is applied.
    var isRebalancing = false
    /// Where to go on in each partition that records were handed over from, without `latest`.
    var handed: [TopicPartition: Int64] = [:]
    /// The batch handed over last, until it is in `handed`.
    var latest: BatchTails?
    var handOver = unsafe HandOver<BatchDraft, Waiter>()
    var failure: KafkaError?
    var rebalanceAnswer: [PartitionStart] = []
    /// Which hook's answer is waited for: one that was overtaken may still answer.
    var hook = 0
    var paused: Set<TopicPartition> = []
    /// The reader was asked to end; until another one comes.
    var isInterrupted = false
    var closeDeadline: MonotonicTime?
    /// The reader gets the first half of that time to finish its batch, leaving the group the second.
    var readerDeadline: MonotonicTime?
    var handedAt: MonotonicTime?
    /// In automatic mode the batch that the reader is at.
    var unfinished: BatchTails?
    /// Finished and not yet stored, in automatic mode.
    var finishedOffsets: [TopicPartition: Int64] = [:]

    /// Something waits for the thread, so the reader must not run ahead of it.
    var needsThread: Bool { !commands.isEmpty || !jobs.isEmpty || !rebalances.isEmpty }
  }

  /// How long the thread waits for a reader that is at its batch before it polls for it.
  static let patience = Duration.milliseconds(10)

  let context: ClientContext
  /// Commits.
  let lane: BlockingLane
  /// Questions to the cluster.
  let queries: BlockingLane
  /// Questions to librdkafka itself, which never wait behind those to the cluster.
  let local: BlockingLane
  let settings: KafkaConfiguration.Consumer
  let ownHandle: Mutex<ClientHandle?>
  let state = Mutex(State())
  let parker = Parker()
  /// Called by the thread for each rebalance, off the lock; answers through ``answer(_:to:)``, or returns false when nobody will.
  let onRebalance: @Sendable (RebalanceEvent) -> Bool
  let ended = OneShot<String>()

  // Touched by the thread only.
  let queue: OpaquePointer
  let pointer: OpaquePointer
  var pendingRebalance: (event: RebalanceEvent, deadline: MonotonicTime)?
  var sawRebalance = false
  var leftUndone = ""
  /// From when the thread may leave the group.
  var closingSince: MonotonicTime?
  // Touched by whoever is at the queue.
  var prefetch: PrefetchWatch
  var filling: BatchDraft?
  /// A draft that found nothing.
  var spare: BatchDraft?
  var metRebalance = false
  /// The mean of the batch before, to guess how many records fill the next; large at first, so that few are asked for.
  var recordBytes: Int
  /// Whether librdkafka may be asked for many records at once.
  ///
  /// At a rebalance librdkafka pauses all partitions from a thread of its own; below 2.1.0 such a call then throws records away that
  /// count as read, later on it returns records that are fetched again. Where partitions are kept through rebalances that would be
  /// a loss or a repetition; a call for one record does neither.
  let drainsInBulk: Bool
  /// Whether the members of the group keep partitions through rebalances by an agreement of their own.
  let isCooperative: Bool

  /// A group rebalance as the hook sees it.
  struct RebalanceEvent: Sendable {
    enum Kind: Sendable { case assigned, revoked, lost }
    var kind: Kind
    var partitions: [TopicPartition]
    var isCooperative: Bool
    /// Which hook this is.
    var hook = 0
  }

  init(_ configuration: KafkaConfiguration, onRebalance: @escaping @Sendable (RebalanceEvent) -> Bool)
    throws(KafkaError)
  {
    let handle = try ClientHandle(configuration, role: .consumer)
    settings = configuration.consumer
    recordBytes = max(1, settings.batchBytes / 16)
    drainsInBulk = configuration.keepsNothingThroughRebalances
    isCooperative = configuration.isCooperative
    prefetch = PrefetchWatch(configuration)
    context = handle.context
    lane = BlockingLane(name: "kafka-commit")
    queries = BlockingLane(name: "kafka-query")
    local = BlockingLane(name: "kafka-local")
    ownHandle = Mutex(handle)
    unsafe pointer = handle.pointer
    self.onRebalance = onRebalance
    unsafe rd_kafka_poll_set_consumer(handle.pointer)
    unsafe queue = rd_kafka_queue_get_consumer(handle.pointer)
    context.consumer.withLock { $0 = self }
    OSThread.detached(name: "kafka-poll") { [self] in run() }
    if settings.handlerWarning != nil { HandlerWatch.shared.add(self) { [weak self] in self?.checkHandler() } }
  }

  /// The client, until the consumer is closed.
  func handle() throws(KafkaError) -> ClientHandle {
    guard let handle = ownHandle.withLock({ $0 }) else { throw KafkaError(.closed, "the consumer is closed") }
    return handle
  }

  // MARK: Waking the thread

  enum Wake {
    case yield
    case unpark
  }

  func wakeUp(_ state: inout State) -> Wake? {
    if unsafe state.handOver.isPolling { return .yield }
    if unsafe state.handOver.isParked {
      unsafe state.handOver.isParked = false
      return .unpark
    }
    return nil
  }

  /// The reader has moved. A thread that polls hears of records by itself.
  func wakeIfParked(_ state: inout State) -> Wake? {
    unsafe state.handOver.isPolling ? nil : wakeUp(&state)
  }

  func act(_ wake: Wake) {
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
      noteHanded(&state)
      for place in places {
        state.finishedOffsets[place] = nil
        state.handed[place] = nil
      }
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

  /// The hook of a rebalance has answered.
  func answer(_ starts: [PartitionStart], to hook: Int) {
    let waking = state.withLock { state -> Wake? in
      // Overtaken: the rebalance of today has another hook, which has not answered yet.
      guard hook == state.hook else { return nil }
      state.rebalanceAnswer = starts
      unsafe state.handOver.hookAnswered()
      return wakeUp(&state)
    }
    waking.map { act($0) }
  }

  // MARK: The thread

  func run() {
    let executor = unsafe asUnownedTaskExecutor()
    var jobs: [UnownedJob] = []
    var commands: [@Sendable () -> Void] = []
    // The number of the batch that the reader keeps longer than the thread's patience.
    var lateWith: UInt64?
    while true {
      beginRebalance()
      let deadline = rebalanceOrCloseDeadline()
      let isOverdue = deadline.map { .now >= $0 } ?? false
      let (step, handedOver) = unsafe state.withLock { state -> (HandOver<BatchDraft, Waiter>.Step?, UInt64) in
        let handedOver = unsafe state.handOver.handedOver
        unsafe state.handOver.threadIsAtQueue = false
        // Commands touch what the reader drains.
        let runsCommands = unsafe !state.commands.isEmpty && !state.handOver.readerDrains
        if runsCommands || !state.jobs.isEmpty {
          swap(&jobs, &state.jobs)
          if runsCommands { swap(&commands, &state.commands) }
          unsafe state.handOver.threadIsAtQueue = runsCommands
          return (nil, handedOver)
        }
        let polls = lateWith == handedOver
        let step = unsafe state.handOver.step(isOverdue: isOverdue, pollsForReader: polls)
        switch unsafe step {
        case .park, .parkForReader, .parkForRebalance: unsafe state.handOver.isParked = true
        case .poll: unsafe state.handOver.threadIsAtQueue = true
        default: break
        }
        return unsafe (step, handedOver)
      }
      switch unsafe step {
      case nil:
        if !commands.isEmpty {
          for command in commands { command() }
          commands.removeAll(keepingCapacity: true)
          state.withLock { unsafe $0.handOver.threadIsAtQueue = false }
        }
        for job in jobs { unsafe job.runSynchronously(on: executor) }
        jobs.removeAll(keepingCapacity: true)
      case .poll: poll()
      case .park: parker.park()
      case .parkForReader:
        if !parker.park(until: .now + Self.patience) { lateWith = handedOver }
        state.withLock { unsafe $0.handOver.isParked = false }
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

  func rebalanceOrCloseDeadline() -> MonotonicTime? {
    if let pendingRebalance { return pendingRebalance.deadline }
    return state.withLock { unsafe $0.handOver.closing == .asked ? $0.readerDeadline : nil }
  }

  func poll() {
    let before = unsafe rd_kafka_queue_length(queue)
    var draft = before > 0 ? drain() : nil
    if draft == nil { wakeFetcher(after: nil, before: before) }
    if draft == nil, pendingRebalance == nil {
      // Only now may others wake the thread by a yield: the flag is set under the lock that checks for work again.
      let goes = state.withLock { state in
        guard !state.needsThread, unsafe state.handOver.closing == .no else { return false }
        unsafe state.handOver.isPolling = true
        return true
      }
      if goes {
        draft = drain(timeout: 500)
        state.withLock { unsafe $0.handOver.isPolling = false }
      }
    }
    guard let draft else { return }
    wakeFetcher(after: draft, before: before)
    let (waiter, batch) = unsafe state.withLock { state -> (Waiter?, KafkaBatch?) in
      unsafe state.handOver.threadIsAtQueue = false
      guard let waiter = unsafe state.handOver.offer(draft) else { return (nil, nil) }
      return unsafe (waiter, deliver(draft, &state))
    }
    unsafe waiter?.resume(returning: .success(batch))
  }
}
