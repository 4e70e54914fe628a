internal import HeadraceCore
internal import HeadraceKafka
internal import Synchronization

/// Who waits for what in the view: for a position in the log, or for a change of a document.
final class ViewSignals: Sendable {
  private struct State {
    var positions: [TopicPartition: Int64] = [:]
    var nextNumber = 0
    var positionWaiters: [Int: (partition: TopicPartition, offset: Int64, signal: AsyncSignal)] = [:]
    var watchers: [DocumentID: [Int: AsyncSignal]] = [:]
  }

  private let state = Mutex(State())

  /// How far each partition is applied and committed.
  var positions: [TopicPartition: Int64] { state.withLock { $0.positions } }

  /// Sets all positions, after the view was opened or reset.
  func set(_ positions: [TopicPartition: Int64]) {
    state.withLock { $0.positions = positions }
  }

  /// Tells what a committed batch has moved and changed.
  func advance(_ positions: [TopicPartition: Int64], changed: Set<DocumentID>) {
    let signals = state.withLock { state -> [AsyncSignal] in
      for (partition, next) in positions { state.positions[partition] = max(next, state.positions[partition] ?? 0) }
      var signals = changed.flatMap { state.watchers[$0].map { Array($0.values) } ?? [] }
      for waiter in state.positionWaiters.values where state.positions[waiter.partition] ?? 0 >= waiter.offset {
        signals.append(waiter.signal)
      }
      return signals
    }
    for signal in signals { signal.raise() }
  }

  /// Waits until a partition is applied up to (not including) an offset.
  ///
  /// - Returns: False when the time has come first.
  func wait(for partition: TopicPartition, toReach offset: Int64, until deadline: ContinuousClock.Instant) async -> Bool
  {
    let signal = AsyncSignal()
    let number = state.withLock { state -> Int? in
      if state.positions[partition] ?? 0 >= offset { return nil }
      state.nextNumber += 1
      state.positionWaiters[state.nextNumber] = (partition, offset, signal)
      return state.nextNumber
    }
    guard let number else { return true }
    defer { state.withLock { $0.positionWaiters[number] = nil } }
    while !Task.isCancelled {
      if state.withLock({ $0.positions[partition] ?? 0 >= offset }) { return true }
      if ContinuousClock.now >= deadline { return false }
      await signal.wait(until: deadline)
    }
    return false
  }

  /// Watches a document until the watch goes away.
  func watch(_ id: DocumentID) -> DocumentWatch {
    let signal = AsyncSignal()
    let number = state.withLock { state in
      state.nextNumber += 1
      state.watchers[id, default: [:]][state.nextNumber] = signal
      return state.nextNumber
    }
    return DocumentWatch(signal: signal) { [weak self] in
      self?.state.withLock { state in
        state.watchers[id]?[number] = nil
        if state.watchers[id]?.isEmpty == true { state.watchers[id] = nil }
      }
    }
  }

  /// Documents that someone watches.
  var watchedDocuments: Int { state.withLock { $0.watchers.count } }
}

/// A signal for the changes of one document. A change between the making of the watch and the waiting is not missed.
final class DocumentWatch: Sendable {
  let signal: AsyncSignal
  private let end: @Sendable () -> Void

  init(signal: AsyncSignal, end: @escaping @Sendable () -> Void) {
    self.signal = signal
    self.end = end
  }

  deinit { end() }
}
