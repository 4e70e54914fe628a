internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// Workers: who handles what, and how they are woken.
extension ProcessorRuntime {
  /// What is to be done outside the lock to set workers going.
  struct Wake {
    var resumed: [(continuation: CheckedContinuation<WorkItem?, Never>, item: WorkItem)] = []
    var spawned: [(worker: Worker, item: WorkItem)] = []
  }

  /// At most so many workers are on their way at a time; each that arrives wakes the next. So as many workers run as
  /// handlers wait: one or two when handlers never wait, all slots when they do.
  private static let wakingAtOnce = 3

  /// Gives records to workers. Called with the lock held.
  func planWake(_ state: inout RuntimeState) -> Wake {
    var wake = Wake()
    guard !state.isOver else { return wake }
    while state.waking < Self.wakingAtOnce, let item = state.core.next() {
      state.waking += 1
      if let worker = state.idle.popLast(), let continuation = worker.continuation.take() {
        begin(item, on: worker)
        worker.isWaking = true
        wake.resumed.append((continuation, item))
      } else {
        let worker = Worker()
        begin(item, on: worker)
        state.workers[ObjectIdentifier(worker)] = worker
        wake.spawned.append((worker, item))
      }
    }
    return wake
  }

  func perform(_ wake: Wake) {
    for (continuation, item) in wake.resumed { continuation.resume(returning: item) }
    for (worker, item) in wake.spawned {
      let task = Task.detached { await self.work(worker, first: item) }
      state.withLock { _ in worker.task = task }
    }
  }

  private func begin(_ item: WorkItem, on worker: Worker, _ now: MonotonicTime = .now) {
    worker.item = item
    worker.deadline = now + configuration.handlerDeadline
    worker.isTimedOut = false
    worker.reportedAt = nil
  }

  private func work(_ worker: Worker, first: WorkItem) async {
    arrived(worker)
    var item = first
    var sinceYield = 0
    while true {
      // The worker's own field: nobody else writes it while the worker has a record.
      let resolution = await process(item, until: worker.deadline)
      guard let next = await settle(item, resolution, worker) else { break }
      item = next
      sinceYield += 1
      if sinceYield == 32 {
        sinceYield = 0
        await Task.yield()
      }
    }
  }

  /// The worker runs: the next one may be woken.
  private func arrived(_ worker: Worker) {
    let wake = state.withLock { state -> Wake in
      if worker.isWaking {
        worker.isWaking = false
        state.waking -= 1
      }
      return planWake(&state)
    }
    perform(wake)
  }

  /// Hands a result in and takes the next record, waiting for one when there is none; nil ends the worker.
  private func settle(_ item: WorkItem, _ resolution: Resolution, _ worker: Worker) async -> WorkItem? {
    let isSpent = Task.isCancelled
    let now = MonotonicTime.now
    let (next, wake) = state.withLock { state -> (WorkItem?, Wake) in
      worker.item = nil
      apply(resolution, to: item, &state)
      if state.stashed > 0 {
        // One record's room at a time is not worth a look at every partition; the keeper looks as well.
        state.finishedSincePump += 1
        if state.finishedSincePump >= 64 { pumpStash(&state) }
      }
      signalCommitIfDue(&state)
      if state.isOver || isSpent {
        state.workers[ObjectIdentifier(worker)] = nil
        return (nil, planWake(&state))
      }
      let next = state.core.next()
      if let next { begin(next, on: worker, now) }
      return (next, next == nil ? Wake() : planWakeOne(&state))
    }
    perform(wake)
    if next != nil || isSpent { return next }
    return await waitForItem(worker)
  }

  /// Wakes another worker only when none is on its way: the usual case while handlers wait.
  private func planWakeOne(_ state: inout RuntimeState) -> Wake {
    state.waking == 0 && state.core.canStart ? planWake(&state) : Wake()
  }

  private func waitForItem(_ worker: Worker) async -> WorkItem? {
    let item = await withCheckedContinuation { (continuation: CheckedContinuation<WorkItem?, Never>) in
      let outcome = state.withLock { state -> WorkItem?? in
        if state.isOver {
          state.workers[ObjectIdentifier(worker)] = nil
          return .some(nil)
        }
        if let item = state.core.next() {
          begin(item, on: worker)
          return .some(item)
        }
        worker.continuation = continuation
        state.idle.append(worker)
        return nil
      }
      if let outcome { continuation.resume(returning: outcome) }
    }
    if item != nil {
      arrived(worker)
    } else {
      state.withLock { $0.workers[ObjectIdentifier(worker)] = nil }
    }
    return item
  }

  /// Finds handlers beyond their deadline: names them, cancels them, counts them.
  func watchDeadlines(_ now: MonotonicTime) {
    let late = state.withLock { state -> [(coordinate: RecordCoordinate, task: Task<Void, Never>?, isFirst: Bool)] in
      var late: [(coordinate: RecordCoordinate, task: Task<Void, Never>?, isFirst: Bool)] = []
      for worker in state.workers.values where worker.deadline < now {
        guard let item = worker.item else { continue }
        if let reported = worker.reportedAt, now - reported < .seconds(60) { continue }
        worker.reportedAt = now
        late.append((item.record.coordinate, worker.task, !worker.isTimedOut))
        if !worker.isTimedOut { state.stuck += 1 }
        worker.isTimedOut = true
      }
      return late
    }
    for entry in late {
      logger.error(
        entry.isFirst ? "a handler is beyond its deadline and is cancelled" : "a cancelled handler has not ended",
        ["record": entry.coordinate.description])
      metrics.stuckHandlers.increment(by: entry.isFirst ? 1 : 0)
      entry.task?.cancel()
    }
  }
}
