internal import Synchronization

/// Spreads a consumer's batches over a stream for each partition: pure bookkeeping behind a lock, no I/O.
///
/// The task that iterates ``KafkaConsumer/partitions`` pumps batches in; the readers of the streams take them out. A partition that
/// has ``highWater`` records waiting is paused by the pump and resumed when its reader has come down to none.
final class PartitionRouter: Sendable {
  typealias Waiter = UnsafeContinuation<PartitionBatch?, Never>

  @safe private struct Lane {
    var batches = FIFO<PartitionBatch>()
    var waiting = 0
    var waiter: Waiter?
    var isHandling = false
    var isEnded = false
    var isPaused = false
  }

  @safe private struct State {
    var lanes: [TopicPartition: Lane] = [:]
    var isEnded = false
    /// Those who wait until the readers of ended lanes have finished their batch.
    var drained: [UnsafeContinuation<Void, Never>] = unsafe []
    var ending: Set<TopicPartition> = []
  }

  static let highWater = 2_000
  private let state = Mutex(State())

  /// Takes a batch apart. Returns the partitions that are new, and those to pause.
  func route(_ batch: KafkaBatch) -> (opened: [TopicPartition], pause: [TopicPartition]) {
    var order: [TopicPartition] = []
    var parts: [TopicPartition: [ConsumerRecord]] = [:]
    for record in batch {
      let place = record.topicPartition
      if parts[place] == nil { order.append(place) }
      parts[place, default: []].append(record)
    }
    var opened: [TopicPartition] = []
    var pause: [TopicPartition] = []
    var resumed: [(Waiter, PartitionBatch)] = unsafe []
    state.withLock { state in
      guard !state.isEnded else { return }
      for place in order {
        guard let records = parts[place] else { continue }
        let part = PartitionBatch(topicPartition: place, records: records)
        if state.lanes[place] == nil {
          state.lanes[place] = Lane()
          opened.append(place)
        }
        var lane = state.lanes[place] ?? Lane()
        if let waiter = unsafe lane.waiter {
          unsafe lane.waiter = nil
          lane.isHandling = true
          unsafe resumed.append((waiter, part))
        } else {
          lane.batches.append(part)
          lane.waiting += records.count
          if lane.waiting >= Self.highWater, !lane.isPaused {
            lane.isPaused = true
            pause.append(place)
          }
        }
        state.lanes[place] = lane
      }
    }
    unsafe resumed.forEach { unsafe $0.0.resume(returning: $0.1) }
    return (opened, pause)
  }

  /// The next part for a partition's reader; `nil` at its end. The second value says that the partition is to be resumed.
  func next(_ place: TopicPartition) async -> (PartitionBatch?, resume: Bool) {
    enum Answer {
      case part(PartitionBatch, Bool)
      case end
      case wait
    }
    func take(_ state: inout State) -> Answer {
      guard var lane = state.lanes[place] else { return .end }
      lane.isHandling = false
      defer { state.lanes[place] = lane.isEnded ? nil : lane }
      guard !lane.isEnded, let part = lane.batches.popFirst() else { return lane.isEnded ? .end : .wait }
      lane.waiting -= part.count
      lane.isHandling = true
      let resumes = lane.isPaused && lane.waiting == 0
      if resumes { lane.isPaused = false }
      return .part(part, resumes)
    }
    let (first, woken) = unsafe state.withLock { state in
      let answer = take(&state)
      return unsafe (answer, drainedWaiters(&state))
    }
    unsafe woken.forEach { unsafe $0.resume() }
    switch first {
    case .part(let part, let resumes): return (part, resumes)
    case .end: return (nil, false)
    case .wait: break
    }
    let part = await withTaskCancellationHandler {
      unsafe await withUnsafeContinuation { (continuation: Waiter) in
        let answer = state.withLock { state -> PartitionBatch?? in
          if Task.isCancelled { return .some(nil) }
          switch take(&state) {
          case .part(let part, _): return .some(part)
          case .end: return .some(nil)
          case .wait:
            unsafe state.lanes[place]?.waiter = continuation
            return nil
          }
        }
        if let answer { unsafe continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = unsafe state.withLock { state in
        let waiter = unsafe state.lanes[place]?.waiter
        unsafe state.lanes[place]?.waiter = nil
        return unsafe waiter
      }
      unsafe waiter?.resume(returning: nil)
    }
    return (part, false)
  }

  /// Ends the streams of partitions: what waits is dropped. Then waits until their readers have finished the batch in hand.
  func end(_ places: [TopicPartition]) async {
    let waiters = unsafe endLanes(places)
    unsafe waiters.forEach { unsafe $0.resume(returning: nil) }
    unsafe await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
      let isDrained = state.withLock { state in
        if state.ending.isEmpty { return true }
        unsafe state.drained.append(continuation)
        return false
      }
      if isDrained { unsafe continuation.resume() }
    }
  }

  /// Ends every stream, and this router.
  func endAll() {
    let places = state.withLock { state in
      state.isEnded = true
      return Array(state.lanes.keys)
    }
    let waiters = unsafe endLanes(places)
    unsafe waiters.forEach { unsafe $0.resume(returning: nil) }
  }

  private func endLanes(_ places: [TopicPartition]) -> [Waiter] {
    unsafe state.withLock { state in
      var waiters: [Waiter] = unsafe []
      for place in places {
        guard var lane = state.lanes[place] else { continue }
        if let waiter = unsafe lane.waiter { unsafe waiters.append(waiter) }
        unsafe lane.waiter = nil
        lane.isEnded = true
        lane.batches = FIFO()
        lane.waiting = 0
        if lane.isHandling { state.ending.insert(place) }
        state.lanes[place] = lane.isHandling ? lane : nil
      }
      return unsafe waiters
    }
  }

  /// A reader has gone away or come to its end.
  func readerLeft(_ place: TopicPartition) {
    let woken = unsafe state.withLock { state in
      state.lanes[place]?.isHandling = false
      if state.lanes[place]?.isEnded == true { state.lanes[place] = nil }
      return unsafe drainedWaiters(&state)
    }
    unsafe woken.forEach { unsafe $0.resume() }
  }

  private func drainedWaiters(_ state: inout State) -> [UnsafeContinuation<Void, Never>] {
    for place in state.ending where state.lanes[place]?.isHandling != true { state.ending.remove(place) }
    guard state.ending.isEmpty else { return unsafe [] }
    defer { unsafe state.drained = [] }
    return unsafe state.drained
  }
}
