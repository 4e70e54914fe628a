/// Decides what the polling thread does next: pure state, no I/O, no clock of its own.
///
/// A quick reader takes what is fetched already out of librdkafka's queue itself, on its own thread: no hop, and the records stay
/// in one core's cache. The polling thread takes over where the reader has to wait, where it is late, and for all that is not a
/// record. What it polls for a late reader waits in the slot, one batch at a time; while it does, librdkafka is not polled, so
/// back-pressure is librdkafka's own and `max.poll.interval.ms` keeps its meaning. A rebalance waits until the batches handed over before it are finished (the reader
/// asked for the next one), then for its hook, both together at most until its deadline.
///
/// `Waiter` and `Draft` are opaque here: a continuation and a batch.
struct HandOver<Draft, Waiter> {
  /// What the thread does next.
  enum Step: Equatable {
    /// Poll librdkafka once.
    case poll
    /// Wait for a wake-up.
    case park
    /// The reader is at a batch: wait a little whether it comes back by itself.
    case parkForReader
    /// Wait for a wake-up, at most until the time that was given with the rebalance.
    case parkForRebalance
    /// Call the hook of the rebalance.
    case callHook
    /// The hook answered, or its time is over: give partitions to librdkafka or back.
    case applyRebalance
    /// Begin to leave the group.
    case beginClose
    /// Serve librdkafka's queue until it is closed.
    case serveClose
    /// Done.
    case end
  }

  enum Rebalance: Equatable {
    case none
    /// Seen; waits for handed-over batches.
    case waiting(holdsForReader: Bool)
    /// Its hook runs.
    case hook
    /// Its hook has answered.
    case answered
  }

  enum Closing: Equatable {
    case no
    /// Asked for; the reader may still be at its batch.
    case asked
    /// `rd_kafka_consumer_close_queue` was called.
    case begun
    case done
  }

  private(set) var slot: Draft?
  private(set) var waiter: Waiter?
  /// The reader has a batch and has not come back.
  private(set) var isHandling = false
  /// The reader is taking records out of librdkafka's queue; the thread keeps away from it.
  private(set) var readerDrains = false
  /// How many batches were handed over: tells the thread whether the reader has moved.
  private(set) var handedOver: UInt64 = 0
  /// The thread polls or runs a command; the reader keeps away from librdkafka's queue.
  var threadIsAtQueue = false
  private(set) var rebalance = Rebalance.none
  private(set) var closing = Closing.no
  /// The reader will say when it goes, so closing may wait for it.
  var hasReader = false
  /// The thread is inside librdkafka's poll, or about to be, and must be woken by a yield.
  var isPolling = false
  /// The thread is parked and must be woken by its parker.
  var isParked = false

  /// The next step.
  ///
  /// - Parameters:
  ///   - isOverdue: The time of the rebalance, or of waiting for the reader at close, is over.
  ///   - pollsForReader: The reader is late, or left something in the queue that is not a record.
  func step(isOverdue: Bool, pollsForReader: Bool = false) -> Step {
    if closing == .done { return .end }
    if readerDrains { return .park }
    switch rebalance {
    case .waiting(let holds):
      // While closing the reader has had its time already.
      if !holds || isOverdue || closing == .begun || (slot == nil && !isHandling) { return .callHook }
      return .parkForRebalance
    case .hook: return isOverdue ? .applyRebalance : .parkForRebalance
    case .answered: return .applyRebalance
    case .none: break
    }
    switch closing {
    case .asked: return isHandling && hasReader && !isOverdue ? .parkForRebalance : .beginClose
    case .begun: return .serveClose
    case .done, .no: break
    }
    if slot != nil { return .park }
    return isHandling && !pollsForReader ? .parkForReader : .poll
  }

  // MARK: The reader

  enum Next {
    case batch(Draft)
    case ended
    /// Take what is in librdkafka's queue without waiting, then call ``drained(_:)``.
    case drain
    case wait
  }

  /// The reader finished what it had and asks for the next batch. `mayDrain`: nothing else waits for the thread.
  mutating func next(mayDrain: Bool) -> Next {
    isHandling = false
    if closing != .no { return .ended }
    if let draft = slot {
      slot = nil
      return handOver(draft)
    }
    guard mayDrain, rebalance == .none, !threadIsAtQueue, !readerDrains else { return .wait }
    readerDrains = true
    return .drain
  }

  /// The reader took what there was.
  mutating func drained(_ draft: Draft?) -> Next {
    readerDrains = false
    if closing != .no { return .ended }
    return draft.map { handOver($0) } ?? .wait
  }

  /// The reader finished what it had and wants no more.
  mutating func finish() { isHandling = false }

  private mutating func handOver(_ draft: Draft) -> Next {
    isHandling = true
    handedOver &+= 1
    return .batch(draft)
  }

  /// The reader waits; there must be no batch (``next()`` said so under the same lock).
  mutating func wait(_ waiter: Waiter) {
    precondition(self.waiter == nil, "a consumer has one reader at a time")
    self.waiter = waiter
  }

  /// The reader no longer waits. It may be at a batch all the same.
  mutating func stopWaiting() -> Waiter? {
    defer { waiter = nil }
    return waiter
  }

  /// The reader has gone away.
  mutating func leave() -> Waiter? {
    isHandling = false
    return stopWaiting()
  }

  // MARK: The polling thread

  /// A batch was drained: returns the waiter that gets it, or `nil` when it stays in the slot.
  mutating func offer(_ draft: Draft) -> Waiter? {
    if let waiter {
      self.waiter = nil
      _ = handOver(draft)
      return waiter
    }
    slot = draft
    return nil
  }

  /// Changes the batch in the slot, or takes it away.
  mutating func withSlot(_ body: (Draft) -> Draft?) { slot = slot.flatMap(body) }

  /// A rebalance was seen. `holdsForReader`: it takes partitions away, so batches are finished first.
  mutating func begin(holdsForReader: Bool) { rebalance = .waiting(holdsForReader: holdsForReader) }
  mutating func hookCalled() { rebalance = .hook }
  mutating func hookAnswered() { if rebalance == .hook { rebalance = .answered } }
  mutating func rebalanceApplied() { rebalance = .none }

  /// Closing was asked for: returns the waiter, which gets the end.
  mutating func close() -> Waiter? {
    guard closing == .no else { return nil }
    closing = .asked
    slot = nil
    defer { waiter = nil }
    return waiter
  }
  mutating func closeBegun() { closing = .begun }
  mutating func closed() { closing = .done }
}
