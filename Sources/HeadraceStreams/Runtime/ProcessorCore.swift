package import HeadraceCore

/// Every decision of a processor: what is admitted, what may start, what is retried when, what a commit carries.
///
/// A pure state machine: no clock, no I/O, no task. The runtime holds it behind one lock, asks, and acts outside the
/// lock; the model tests drive it through random schedules.
package struct ProcessorCore: Sendable {
  package let limits: CoreLimits
  /// The partitions that are held: open or draining.
  package internal(set) var lanes: [PartitionLane] = []
  /// No record starts while true.
  package var isPaused = false
  /// The service stops: nothing is taken in any more, and what is read from now on is somebody else's to do.
  package var isStopping = false
  /// Whether this member still holds its partitions is in doubt (the process was suspended): nothing starts.
  package var isDoubtful = false

  /// May start, in order.
  var ready = ReadyQueues()
  /// May start one at a time only.
  var alone = RingQueue<WorkItem>()
  var aloneInProgress = 0
  var retries = RetryHeap()
  var finished = RingQueue<FinishedWork>(capacity: 1024)
  /// A batch whose commit did not go through: it goes first into the next one.
  var redo: CommitBatch?
  var isCommitting = false

  /// Records in progress.
  package internal(set) var inProgress = 0
  /// Bytes of outputs that wait for a commit, that of a running commit included.
  package internal(set) var finishedBytes = 0
  package internal(set) var counters = CoreCounters()

  /// Part of the held costs that goes beyond each lane's reserve.
  private var sharedCost = 0
  private var reserve: Int
  private(set) var retryCost = 0

  package init(limits: CoreLimits) {
    self.limits = limits
    reserve = limits.bufferBytes
  }

  // MARK: Assignment

  /// Begins to admit records of a partition.
  package mutating func open(_ lane: PartitionLane) {
    lanes.append(lane)
    divideBudget()
  }

  /// Nothing of these partitions starts any more; what waits is forgotten, what is in progress may still finish.
  package mutating func drain(_ leaving: [PartitionLane]) {
    for lane in leaving where lane.phase == .open {
      lane.phase = .draining
      lane.keys.removeAll()
      forgetHeld(lane)
    }
    for item in retries.remove(where: { $0.lane.phase != .open }) {
      retryCost -= item.cost
      item.lane.retrying -= 1
    }
    for lane in leaving { ready.remove(lane) }
    alone.removeAll { $0.lane.phase != .open }
  }

  /// The partitions are gone: whatever of them finishes from now on, or has not been committed, is dropped.
  package mutating func close(_ leaving: [PartitionLane]) {
    drain(leaving)
    for lane in leaving { lane.phase = .closed }
    lanes.removeAll { $0.phase == .closed }
    var dropped = 0
    var isAloneFree = false
    finished.removeAll { work in
      guard work.item.lane.phase == .closed else { return false }
      dropped += work.bytes
      if work.item.isAlone { isAloneFree = true }
      return true
    }
    finishedBytes -= dropped
    if var batch = redo {
      finishedBytes -= batch.bytes
      batch.work.removeAll { work in
        guard work.item.lane.phase == .closed else { return false }
        if work.item.isAlone { isAloneFree = true }
        return true
      }
      batch.bytes = batch.work.reduce(0) { $0 + $1.bytes }
      finishedBytes += batch.bytes
      redo = batch
    }
    if isAloneFree { aloneInProgress = 0 }
    divideBudget()
  }

  // MARK: Admission

  /// What became of a record that was read.
  package enum Admission: Sendable, Hashable {
    /// It waits for its turn.
    case admitted
    /// It is done already (or was received before): nothing to do.
    case known
    /// It was passed over by the processor's filter: acknowledged with the next commit.
    case filtered
    /// No room: hand it in again later, and read no more of its partition until then.
    case full(Fullness)
  }

  /// Takes a record in.
  package mutating func admit(_ record: RawRecord, on lane: PartitionLane, accepts: Bool = true) -> Admission {
    admit(WorkItem(record: record, lane: lane, limits: limits, isAccepted: accepts))
  }

  /// Takes a record in; one that found no room may be handed in again.
  mutating func admit(_ item: WorkItem) -> Admission {
    let lane = item.lane
    guard lane.phase == .open else { return .known }
    let offset = item.offset
    guard lane.ledger.canReceive(offset) else { return block(lane, .window) }
    if lane.heldCost >= allowance { return block(lane, .budget) }
    if retryCost >= limits.bufferBytes / 2 { return block(lane, .budget) }
    if let hash = item.keyHash, !limits.newestOfKey, let key = limits.orderingKey(of: item.record),
      lane.keys.waiting(for: key, hash: hash) >= limits.recordsPerKey
    {
      return block(lane, .key)
    }

    lane.fullness = nil
    guard lane.ledger.receive(offset) else { return .known }
    counters.received += 1
    lane.note(offset, item.record.timestampMilliseconds)
    guard item.isAccepted else {
      lane.ledger.finish(offset)
      lane.isDirty = true
      counters.filtered += 1
      return .filtered
    }

    item.isSuspect = offset < lane.suspectsEnd
    if !lane.restoredAttempts.isEmpty, let note = lane.restoredAttempts.removeValue(forKey: offset) {
      item.attempts = note.attempts
      item.hasNote = true
      item.isAlone = note.failureClass == nil
    }
    hold(item)
    guard let hash = item.keyHash, let key = limits.orderingKey(of: item.record) else {
      makeReady(item)
      return .admitted
    }
    if limits.newestOfKey {
      for overtaken in lane.keys.removeWaiting(for: key, hash: hash) {
        release(overtaken)
        counters.overtaken += 1
        finish(overtaken, outputs: .none)
      }
    }
    if lane.keys.enter(item, key: key, hash: hash) { makeReady(item) }
    return .admitted
  }

  /// The end of a partition was reached: nothing below `position` is still to come.
  package mutating func reachedEnd(of lane: PartitionLane, at position: Int64) {
    // What was read while we stop has not been taken in: the end must not pass it off as done.
    guard lane.phase == .open, !isStopping else { return }
    let before = lane.ledger.base
    lane.ledger.reachedEnd(at: position)
    if lane.ledger.base != before { lane.isDirty = true }
  }

  // MARK: Dispatch

  /// The next record to handle; nil when none may start.
  package mutating func next() -> WorkItem? {
    guard !isPaused, !isDoubtful, inProgress < limits.slots, finishedBytes < 2 * limits.commitBytes else { return nil }
    if aloneInProgress == 0, let item = alone.popFirst() {
      aloneInProgress = 1
      return start(item)
    }
    return ready.popFirst().map { start($0) }
  }

  /// Whether `next` would give a record.
  package var canStart: Bool {
    !isPaused && !isDoubtful && inProgress < limits.slots && finishedBytes < 2 * limits.commitBytes
      && (!ready.isEmpty || (aloneInProgress == 0 && !alone.isEmpty))
  }

  /// Records that may start or wait for a slot.
  package var readyCount: Int { ready.count + alone.count }

  /// A record is through, by its handler or as a dead letter: its outputs join the next commit. False when the
  /// partition is gone and the outputs are dropped.
  @discardableResult
  package mutating func complete(_ item: WorkItem, outputs: Outputs) -> Bool {
    stop(item)
    guard item.lane.phase != .closed else {
      if item.isAlone { aloneInProgress = 0 }
      counters.dropped += 1
      return false
    }
    release(item)
    finish(item, outputs: outputs)
    leaveKey(item)
    return true
  }

  /// A record failed and is tried again at `due`; its key waits with it. False when the partition is leaving or gone.
  @discardableResult
  package mutating func postpone(_ item: WorkItem, until due: MonotonicTime) -> Bool {
    stop(item)
    if item.isAlone { aloneInProgress = 0 }
    guard item.lane.phase == .open else {
      counters.dropped += 1
      return false
    }
    release(item)
    retryCost += item.cost
    item.lane.retrying += 1
    retries.insert(item, due: due)
    counters.retried += 1
    return true
  }

  /// A record was taken and will not be handled now (the service stops): it is not done.
  package mutating func giveUp(_ item: WorkItem) {
    stop(item)
    if item.isAlone { aloneInProgress = 0 }
    release(item)
    counters.dropped += 1
  }

  /// Moves retries that are due to the ready ones; returns when the next one is due.
  package mutating func wakeRetries(_ now: MonotonicTime) -> MonotonicTime? {
    while let item = retries.popDue(now) {
      retryCost -= item.cost
      item.lane.retrying -= 1
      hold(item)
      makeReady(item)
    }
    return retries.nextDue
  }

  // MARK: Helpers

  private mutating func block(_ lane: PartitionLane, _ fullness: Fullness) -> Admission {
    lane.fullness = fullness
    return .full(fullness)
  }

  private mutating func start(_ item: WorkItem) -> WorkItem {
    inProgress += 1
    item.lane.inProgress += 1
    return item
  }

  private mutating func stop(_ item: WorkItem) {
    inProgress -= 1
    item.lane.inProgress -= 1
  }

  private mutating func makeReady(_ item: WorkItem) {
    if item.isAlone { alone.append(item) } else { ready.append(item) }
  }

  private mutating func leaveKey(_ item: WorkItem) {
    guard item.holdsKey, item.lane.phase == .open else { return }
    if let next = item.lane.keys.leave(item) { makeReady(next) }
  }

  private mutating func finish(_ item: WorkItem, outputs: Outputs) {
    let bytes = outputs.byteCount
    item.letValueGo()
    finishedBytes += bytes
    finished.append(FinishedWork(item: item, outputs: outputs, bytes: bytes))
    counters.finished += 1
  }

  private mutating func hold(_ item: WorkItem) {
    let lane = item.lane
    sharedCost -= max(0, lane.heldCost - reserve)
    lane.heldCost += item.cost
    lane.heldRecords += 1
    sharedCost += max(0, lane.heldCost - reserve)
  }

  private mutating func release(_ item: WorkItem) {
    let lane = item.lane
    guard lane.phase == .open else { return }
    sharedCost -= max(0, lane.heldCost - reserve)
    lane.heldCost -= item.cost
    lane.heldRecords -= 1
    sharedCost += max(0, lane.heldCost - reserve)
  }

  private mutating func forgetHeld(_ lane: PartitionLane) {
    sharedCost -= max(0, lane.heldCost - reserve)
    lane.heldCost = 0
    lane.heldRecords = 0
  }

  /// What a lane may hold at this moment. Half of the budget is shared out evenly; of the other half a lane may have as
  /// much as is still free. So a lane that is alone in its need gets plenty, and those that drain slower than the
  /// others, which a reader that gives all of them the same would fill first, never crowd the others out.
  private var allowance: Int { reserve + max(0, limits.bufferBytes / 2 - sharedCost) }

  /// Whether a lane whose reading was stopped is to be read on: when there is room for as much as is read at a time,
  /// since each stop throws away what has been prefetched; and where slots are idle, as soon as there is any, since behind
  /// the records of a hot key there may be some that need not wait.
  func hasRoom(_ lane: PartitionLane) -> Bool {
    if lane.heldCost <= allowance / 2 { return true }
    return ready.isEmpty && inProgress < limits.slots / 8 * 7 && lane.heldCost < allowance
  }

  /// Whether a lane that is being read may run out of records soon.
  func isHungry(_ lane: PartitionLane) -> Bool { lane.phase == .open && lane.heldCost < reserve / 2 }

  /// Partitions have come or gone.
  private mutating func divideBudget() {
    reserve = limits.bufferBytes / (2 * max(1, lanes.count))
    sharedCost = lanes.reduce(0) { $0 + max(0, $1.heldCost - reserve) }
  }
}
