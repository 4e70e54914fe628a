internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// The reader's side: on the thread of whoever reads.
extension ConsumerLoop {
  /// The next batch; `nil` when the consumer is closed or the task is cancelled.
  nonisolated(nonsending) func next() async throws(KafkaError) -> KafkaBatch? {
    var (turn, wake) = unsafe takeTurn(drains: true)
    wake.map { act($0) }
    if case .drain = turn {
      (turn, wake) = drainAsReader()
      wake.map { act($0) }
    }
    if case .answer(let answer) = turn { return try answer.get() }
    let result = await withTaskCancellationHandler {
      unsafe await withUnsafeContinuation { (continuation: Waiter) in
        let (turn, wake) = unsafe takeTurn(drains: false, waiter: continuation)
        wake.map { act($0) }
        if case .answer(let answer) = turn { unsafe continuation.resume(returning: answer) }
      }
    } onCancel: {
      unsafe state.withLock { unsafe $0.handOver.stopWaiting() }?.resume(returning: .success(nil))
    }
    return try result.get()
  }

  enum Turn {
    case answer(Result<KafkaBatch?, KafkaError>)
    case drain
    case wait
  }

  /// The reader's turn; with a waiter, it is kept where there is nothing to answer.
  func takeTurn(drains: Bool, waiter: Waiter? = nil) -> (Turn, Wake?) {
    state.withLock { state in
      noteFinished(&state)
      if Task.isCancelled || state.isInterrupted {
        unsafe state.handOver.finish()
        return (.answer(.success(nil)), wakeIfParked(&state))
      }
      let mayDrain = drains && state.failure == nil && !state.needsThread
      let turn = unsafe self.answer(to: state.handOver.next(mayDrain: mayDrain), &state)
      if case .drain = turn { return (turn, nil) }
      if case .wait = turn, let waiter = unsafe waiter { unsafe state.handOver.wait(waiter) }
      return (turn, wakeIfParked(&state))
    }
  }

  func answer(to next: HandOver<BatchDraft, Waiter>.Next, _ state: inout State) -> Turn {
    switch unsafe next {
    case .batch(let draft): .answer(.success(deliver(draft, &state)))
    case .ended: .answer(.success(nil))
    case .drain: .drain
    case .wait: state.failure.map { .answer(.failure($0)) } ?? .wait
    }
  }

  /// On the reader's own thread: takes what is there already, and leaves rebalances to the polling thread.
  func drainAsReader() -> (Turn, Wake?) {
    let before = unsafe rd_kafka_queue_length(queue)
    let drained = before > 0 ? drain() : nil
    wakeFetcher(after: drained, before: before)
    return state.withLock { state in
      let turn = unsafe self.answer(to: state.handOver.drained(drained), &state)
      // A quick reader needs no help: the thread sleeps on unless there is something for it.
      if case .answer(.success(.some)) = turn, !state.needsThread { return (turn, nil) }
      return (turn, wakeIfParked(&state))
    }
  }

  /// A reader announces itself; ``readerLeft()`` ends it. Closing waits for announced readers to finish their batch.
  func readerCame() {
    state.withLock { state in
      state.isInterrupted = false
      unsafe state.handOver.hasReader = true
    }
  }

  /// The reader has gone away: whatever it had counts as finished, except for automatic commits.
  func readerLeft() {
    let waking = state.withLock { state -> Wake? in
      state.unfinished = nil
      state.handedAt = nil
      unsafe state.handOver.hasReader = false
      unsafe _ = state.handOver.leave()
      return wakeUp(&state)
    }
    waking.map { act($0) }
  }

  /// Ends the reader's stream without closing, for a graceful shutdown: at its next call, or the one that waits. The batch that it is
  /// at is not finished by that.
  func interrupt() {
    let waiter = unsafe state.withLock { state in
      state.isInterrupted = true
      return unsafe state.handOver.stopWaiting()
    }
    unsafe waiter?.resume(returning: .success(nil))
  }

  func deliver(_ draft: BatchDraft, _ state: inout State) -> KafkaBatch? {
    // Never `nil` here: the thread keeps the handle until it has ended, and it hands nothing over after that.
    guard let handle = ownHandle.withLock({ $0 }) else { return nil }
    let batch = draft.finish(handle)
    if settings.handlerWarning != nil { state.handedAt = .now }
    // Worked out later: the reader waits.
    noteHanded(&state)
    state.latest = batch.tails
    if settings.commitMode != .manual { state.unfinished = batch.tails }
    context.meters.batches.increment()
    context.meters.consumed.increment(by: batch.count)
    return batch
  }

  func noteFinished(_ state: inout State) {
    state.handedAt = nil
    noteHanded(&state)
    guard let finished = state.unfinished else { return }
    for next in finished.nextOffsets { state.finishedOffsets[next.topicPartition] = next.offset }
    state.unfinished = nil
  }

  /// Brings `handed` up to date.
  func noteHanded(_ state: inout State) {
    guard let latest = state.latest else { return }
    for next in latest.nextOffsets { state.handed[next.topicPartition] = next.offset }
    state.latest = nil
  }

  /// Offsets of batches that are finished and not committed yet (automatic mode); forgets them.
  func takeFinishedOffsets() -> [PartitionOffset] {
    state.withLock { state in
      defer { state.finishedOffsets = [:] }
      return state.finishedOffsets.map { PartitionOffset($0.key, $0.value) }
    }
  }

  /// Says, once a batch, that a handler has been at it too long.
  func checkHandler() {
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
}
