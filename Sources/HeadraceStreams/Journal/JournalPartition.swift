internal import FoundationEssentials
internal import HeadraceCore
internal import Synchronization

/// One partition of the journal in use: its book of calls, and who waits for what.
///
/// It outlives the assignment: a call that was in progress when the partition was given back still ends here.
final class JournalPartition: Sendable {
  let number: Int32

  private struct Inner {
    var book: CallBook
    /// How many lanes use it.
    var users = 0
    var isRestored = false
    var failure: (any Error)?
    var restoreWaiters: [CheckedContinuation<Void, any Error>] = []
    /// Who waits for the end of a call in progress here.
    var flightWaiters: [CallFingerprint: [CheckedContinuation<Void, Never>]] = [:]
    /// Who waits for a result that a former owner still has to write.
    var awaited: [CallFingerprint: [AsyncSignal]] = [:]
  }

  private let inner: Mutex<Inner>

  init(number: Int32, indexBytes: Int) {
    self.number = number
    inner = Mutex(Inner(book: CallBook(indexBytes: indexBytes)))
  }

  // MARK: The tail's side

  func apply(key: [UInt8], isTombstone: Bool, offset: Int64, value: () -> [UInt8]?) {
    let woken = inner.withLock { inner -> [AsyncSignal] in
      switch inner.book.apply(key: key, isTombstone: isTombstone, offset: offset, at: .now, value: value) {
      case .nothing, .handOver: []
      case .result(let fingerprint), .handOverEnded(let fingerprint):
        inner.awaited.removeValue(forKey: fingerprint) ?? []
      }
    }
    for signal in woken { signal.raise() }
  }

  func reachedEnd(at offset: Int64) {
    let waiters = inner.withLock { inner -> [CheckedContinuation<Void, any Error>] in
      inner.book.reachedEnd(at: offset)
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
    while inner.withLock({ $0.book.state.position <= offset }) {
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

  var owner: OwnerNote? { inner.withLock { $0.book.state.owner } }
  func attempts() -> [RecordCoordinate: AttemptNote] { inner.withLock { $0.book.state.attempts } }
  func offset(of key: JournalKey) -> Int64? { inner.withLock { $0.book.state.offset(of: key) } }

  /// Notes what was written here and acknowledged: the tail will see it too, a little later.
  func wrote(_ key: JournalKey, at offset: Int64) { inner.withLock { $0.book.wrote(key, at: offset) } }

  // MARK: Calls

  /// Decides about a call; see `CallBook`.
  func next(_ fingerprint: CallFingerprint, mode: JournalMode, deadline: Int64, unreadable: Int64?) -> CallBook.Step {
    inner.withLock {
      $0.book.next(
        fingerprint, mode: mode, deadline: deadline, unreadable: unreadable, at: .now, wall: Date.now.milliseconds)
    }
  }

  /// Waits for the end of a call that another record has in progress here.
  func waitForFlight(_ fingerprint: CallFingerprint) async {
    await withCheckedContinuation { continuation in
      let isOver = inner.withLock { inner -> Bool in
        guard inner.book.isInFlight(fingerprint) else { return true }
        inner.flightWaiters[fingerprint, default: []].append(continuation)
        return false
      }
      if isOver { continuation.resume() }
    }
  }

  /// The call is over; its flight is left after its end has been written.
  func callEnded(_ fingerprint: CallFingerprint) { inner.withLock { $0.book.callEnded(fingerprint) } }

  func leaveFlight(_ fingerprint: CallFingerprint) {
    let waiters = inner.withLock { inner -> [CheckedContinuation<Void, Never>] in
      inner.book.leaveFlight(fingerprint)
      return inner.flightWaiters.removeValue(forKey: fingerprint) ?? []
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Calls in progress, with the time until which their owner waits for them.
  var callsInProgress: [(fingerprint: CallFingerprint, deadline: Int64)] { inner.withLock { $0.book.callsInProgress } }

  // MARK: Hand-over

  /// Waits for news of a former owner's call, at most so long.
  func waitForNews(of fingerprint: CallFingerprint, atMost limit: Duration) async {
    let signal = AsyncSignal()
    let isOver = inner.withLock { inner -> Bool in
      guard inner.book.state.handOvers[fingerprint] != nil else { return true }
      inner.awaited[fingerprint, default: []].append(signal)
      return false
    }
    if isOver { return }
    let timer = Task {
      try? await Task.sleep(for: limit)
      signal.raise()
    }
    await signal.wait()
    timer.cancel()
    inner.withLock { $0.awaited[fingerprint]?.removeAll { $0 === signal } }
  }
}
