internal import FoundationEssentials
internal import HeadraceCore
internal import Synchronization

/// One partition of the journal in use: its state as the tail feeds it, and the calls in progress.
///
/// It outlives the assignment: a call that was in progress when the partition was given back still ends here.
final class JournalPartition: Sendable {
  let number: Int32

  private struct Inner {
    var state: JournalState
    /// How many lanes use it.
    var users = 0
    var isRestored = false
    var failure: (any Error)?
    var restoreWaiters: [CheckedContinuation<Void, any Error>] = []
    /// Fingerprints whose call is being made here, with those who wait for its end.
    var flights: [CallFingerprint: [CheckedContinuation<Void, Never>]] = [:]
    /// Until when each call in progress is waited for, for hand-over notes: milliseconds since 1970.
    var deadlines: [CallFingerprint: Int64] = [:]
    /// When each hand-over note was read last.
    var heard: [CallFingerprint: MonotonicTime] = [:]
    /// Waiting for a result that an old owner still has to write.
    var awaited: [CallFingerprint: [AsyncSignal]] = [:]
  }

  private let inner: Mutex<Inner>

  init(number: Int32, indexBytes: Int) {
    self.number = number
    inner = Mutex(Inner(state: JournalState(indexBytes: indexBytes)))
  }

  // MARK: The tail's side

  func apply(key: [UInt8], isTombstone: Bool, offset: Int64, value: () -> [UInt8]?) {
    let woken = inner.withLock { inner -> [AsyncSignal] in
      switch inner.state.apply(key: key, isTombstone: isTombstone, offset: offset, value: value) {
      case .nothing: return []
      case .handOver(let fingerprint):
        inner.heard[fingerprint] = .now
        return []
      case .result(let fingerprint), .handOverEnded(let fingerprint):
        inner.heard[fingerprint] = nil
        return inner.awaited.removeValue(forKey: fingerprint) ?? []
      }
    }
    for signal in woken { signal.raise() }
  }

  func reachedEnd(at offset: Int64) {
    let waiters = inner.withLock { inner -> [CheckedContinuation<Void, any Error>] in
      inner.state.reachedEnd(at: offset)
      inner.isRestored = true
      defer { inner.restoreWaiters = [] }
      return inner.restoreWaiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func fail(_ error: any Error) {
    let waiters = inner.withLock { inner -> [CheckedContinuation<Void, any Error>] in
      inner.failure = error
      defer { inner.restoreWaiters = [] }
      return inner.restoreWaiters
    }
    for waiter in waiters { waiter.resume(throwing: error) }
  }

  // MARK: The owner's side

  /// Waits until everything that stood in the partition when it was opened has been read.
  func waitUntilRestored() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let outcome = inner.withLock { inner -> Result<Void, any Error>? in
        if let failure = inner.failure { return .failure(failure) }
        if inner.isRestored { return .success(()) }
        inner.restoreWaiters.append(continuation)
        return nil
      }
      if let outcome { continuation.resume(with: outcome) }
    }
  }

  /// Waits until the record at `offset` has been read back; false when that takes too long.
  func waitUntilRead(_ offset: Int64, for limit: Duration) async -> Bool {
    let end = MonotonicTime.now + limit
    while inner.withLock({ $0.state.position <= offset }) {
      guard MonotonicTime.now < end, !Task.isCancelled else { return false }
      try? await Task.sleep(for: .milliseconds(2))
    }
    return true
  }

  func addUser() { inner.withLock { $0.users += 1 } }
  /// True when nobody uses it any more.
  func removeUser() -> Bool {
    inner.withLock { inner in
      inner.users -= 1
      return inner.users <= 0
    }
  }

  var owner: OwnerNote? { inner.withLock { $0.state.owner } }
  func attempts() -> [RecordCoordinate: AttemptNote] { inner.withLock { $0.state.attempts } }
  func offset(of key: JournalKey) -> Int64? { inner.withLock { $0.state.offset(of: key) } }
  var indexedResults: Int { inner.withLock { $0.state.index.count } }

  /// Notes what was written here and acknowledged: the tail will see it too, a little later.
  func wrote(_ key: JournalKey, at offset: Int64) {
    inner.withLock { $0.state.index.set(key.indexHash, offset) }
  }

  // MARK: Single flight

  /// True for the one that makes the call; the others return when it has ended, and look again.
  func enterFlight(_ fingerprint: CallFingerprint, deadline: Int64) async -> Bool {
    let isFirst = inner.withLock { inner -> Bool in
      guard inner.flights[fingerprint] == nil else { return false }
      inner.flights[fingerprint] = []
      inner.deadlines[fingerprint] = deadline
      return true
    }
    if isFirst { return true }
    await withCheckedContinuation { continuation in
      let ended = inner.withLock { inner -> Bool in
        guard inner.flights[fingerprint] != nil else { return true }
        inner.flights[fingerprint]!.append(continuation)
        return false
      }
      if ended { continuation.resume() }
    }
    return false
  }

  func leaveFlight(_ fingerprint: CallFingerprint) {
    let waiters = inner.withLock { inner -> [CheckedContinuation<Void, Never>] in
      inner.deadlines[fingerprint] = nil
      return inner.flights.removeValue(forKey: fingerprint) ?? []
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Calls in progress, with the time until which their owner waits for them.
  var callsInProgress: [(fingerprint: CallFingerprint, deadline: Int64)] {
    inner.withLock { $0.deadlines.map { (fingerprint: $0.key, deadline: $0.value) } }
  }

  /// The call is over; its flight is left after its end has been written.
  func callEnded(_ fingerprint: CallFingerprint) { inner.withLock { $0.deadlines[fingerprint] = nil } }

  // MARK: Hand-over

  /// How much longer an old owner's result is worth waiting for, without news of it; nil when none is expected.
  func handOverLeft(_ fingerprint: CallFingerprint) -> Duration? {
    inner.withLock { inner in
      guard let note = inner.state.handOvers[fingerprint] else { return nil }
      let silence = MonotonicTime.now - (inner.heard[fingerprint] ?? .now)
      return min(.milliseconds(note.deadline - Date.now.milliseconds), .milliseconds(note.lease) - silence)
    }
  }

  func forgetHandOver(_ fingerprint: CallFingerprint) {
    inner.withLock { inner in
      inner.state.forgetHandOver(fingerprint)
      inner.heard[fingerprint] = nil
    }
  }

  /// A signal that is raised when the result arrives or its old owner has given up.
  func signal(for fingerprint: CallFingerprint) -> AsyncSignal {
    let signal = AsyncSignal()
    let isOver = inner.withLock { inner -> Bool in
      guard inner.state.handOvers[fingerprint] != nil,
        inner.state.offset(of: .result(fingerprint)) == nil
      else { return true }
      inner.awaited[fingerprint, default: []].append(signal)
      return false
    }
    if isOver { signal.raise() }
    return signal
  }
}
