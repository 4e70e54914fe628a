internal import HeadraceCore

/// Hands out producer ids, none twice: blocks of them are reserved durably before the first of a block is given.
final class ProducerIDs: Sendable {
  private static let block: Int64 = 1_000

  private final class State: @unchecked Sendable {
    // Invariant: touched under the lock beside it only.
    var next: Int64 = 0
    var end: Int64 = 0
  }

  private let store: LogStore
  private let lock = Condition()
  private let state = State()
  private static let key = StoredState.key(.producerIDs)

  init(store: LogStore) {
    self.store = store
    if let value = store.state.value(Self.key), let kept = StoredState.decode(StoredState.ProducerIDs.self, value) {
      state.next = kept.next
      state.end = kept.next
    }
  }

  /// The next id. Blocks for a sync once in a thousand.
  func next() throws(LogError) -> Int64 {
    lock.lock()
    defer { lock.unlock() }
    if state.next == state.end {
      let end = state.end + Self.block
      let value = StoredState.encode(StoredState.ProducerIDs(next: end))
      try store.state.put([StateChange(key: Self.key, value: value)]).wait(until: .after(.seconds(30)))
      state.end = end
    }
    defer { state.next += 1 }
    return state.next
  }
}
