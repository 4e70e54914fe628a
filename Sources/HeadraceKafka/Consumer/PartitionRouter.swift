internal import Synchronization

/// Spreads a consumer's batches over a stream for each partition: pure bookkeeping behind a lock, no I/O.
///
/// The task that iterates ``KafkaConsumer/partitions`` pumps batches in; the readers of the streams take them out. A partition that
/// has ``highWater`` records waiting is paused by the pump and resumed when its reader has come down to none.
///
/// A partition that is given back ends its lane; when it comes again it gets another one, with another number, also while the reader
/// of the old one is still at its last batch.
final class PartitionRouter: Sendable {
  typealias Waiter = UnsafeContinuation<PartitionBatch?, Never>

  @safe private struct Lane {
    let number: Int
    var batches = FIFO<PartitionBatch>()
    var waiting = 0
    var waiter: Waiter?
    var isHandling = false
    var isPaused = false
  }

  @safe private struct State {
    var lanes: [TopicPartition: Lane] = [:]
    var nextNumber = 0
    var isEnded = false
    /// Numbers of ended lanes whose reader is still at a batch.
    var ending: Set<Int> = []
    /// Those who wait until there are none.
    var drained: [UnsafeContinuation<Void, Never>] = unsafe []
  }

  /// A lane that a batch opened.
  struct Opened: Equatable {
    var topicPartition: TopicPartition
    var number: Int
  }

  static let highWater = 2_000
  private let state = Mutex(State())

  /// Takes a batch apart. Returns the lanes that are new, and the partitions to pause.
  func route(_ batch: some Sequence<ConsumerRecord>) -> (opened: [Opened], pause: [TopicPartition]) {
    var order: [TopicPartition] = []
    var parts: [TopicPartition: [ConsumerRecord]] = [:]
    for record in batch {
      let place = record.topicPartition
      if parts[place] == nil { order.append(place) }
      parts[place, default: []].append(record)
    }
    return route(order.map { PartitionBatch(topicPartition: $0, records: parts[$0] ?? []) })
  }

  /// The same for records that are apart already.
  func route(_ parts: [PartitionBatch]) -> (opened: [Opened], pause: [TopicPartition]) {
    var opened: [Opened] = []
    var pause: [TopicPartition] = []
    var resumed: [(Waiter, PartitionBatch)] = unsafe []
    state.withLock { state in
      guard !state.isEnded else { return }
      for part in parts {
        let place = part.topicPartition
        var lane: Lane
        if let known = state.lanes[place] {
          lane = known
        } else {
          state.nextNumber += 1
          lane = unsafe Lane(number: state.nextNumber)
          opened.append(Opened(topicPartition: place, number: lane.number))
        }
        if let waiter = unsafe lane.waiter {
          unsafe lane.waiter = nil
          lane.isHandling = true
          unsafe resumed.append((waiter, part))
        } else {
          lane.batches.append(part)
          lane.waiting += part.count
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

  /// Those of `places`, which the pump has just paused, whose readers have come down to none meanwhile: their wish to be resumed came
  /// before they were paused, so it had no effect.
  func drainedMeanwhile(_ places: [TopicPartition]) -> [TopicPartition] {
    state.withLock { state in places.filter { state.lanes[$0]?.isPaused != true } }
  }

  /// The next part for a lane's reader; `nil` at its end. The second value says that the partition is to be resumed.
  func next(_ place: TopicPartition, lane number: Int) async -> (PartitionBatch?, resume: Bool) {
    enum Answer {
      case part(PartitionBatch, resume: Bool)
      case end
      case wait
    }
    func take(_ state: inout State) -> Answer {
      guard var lane = state.lanes[place], lane.number == number else {
        state.ending.remove(number)
        return .end
      }
      lane.isHandling = false
      defer { state.lanes[place] = lane }
      guard let part = lane.batches.popFirst() else { return .wait }
      lane.waiting -= part.count
      lane.isHandling = true
      let resumes = lane.isPaused && lane.waiting == 0
      if resumes { lane.isPaused = false }
      return .part(part, resume: resumes)
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
    var resumes = false
    let part = await withTaskCancellationHandler {
      unsafe await withUnsafeContinuation { (continuation: Waiter) in
        let answer = state.withLock { state -> PartitionBatch?? in
          if Task.isCancelled { return .some(nil) }
          switch take(&state) {
          case .part(let part, let resume):
            resumes = resume
            return .some(part)
          case .end: return .some(nil)
          case .wait:
            unsafe state.lanes[place]?.waiter = continuation
            return nil
          }
        }
        if let answer { unsafe continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = unsafe state.withLock { state -> Waiter? in
        guard state.lanes[place]?.number == number else { return nil }
        let waiter = unsafe state.lanes[place]?.waiter
        unsafe state.lanes[place]?.waiter = nil
        return unsafe waiter
      }
      unsafe waiter?.resume(returning: nil)
    }
    return (part, resumes)
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

  /// Whether a lane has ended and its reader is still at a batch.
  func isEnding(_ number: Int) -> Bool { state.withLock { $0.ending.contains(number) } }

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
        guard let lane = state.lanes.removeValue(forKey: place) else { continue }
        if let waiter = unsafe lane.waiter { unsafe waiters.append(waiter) }
        if lane.isHandling { state.ending.insert(lane.number) }
      }
      return unsafe waiters
    }
  }

  /// A lane's reader has gone away.
  func readerLeft(_ place: TopicPartition, lane number: Int) {
    let woken = unsafe state.withLock { state in
      if state.lanes[place]?.number == number {
        state.lanes[place]?.isHandling = false
      } else {
        state.ending.remove(number)
      }
      return unsafe drainedWaiters(&state)
    }
    unsafe woken.forEach { unsafe $0.resume() }
  }

  private func drainedWaiters(_ state: inout State) -> [UnsafeContinuation<Void, Never>] {
    guard state.ending.isEmpty else { return unsafe [] }
    defer { unsafe state.drained = [] }
    return unsafe state.drained
  }
}
