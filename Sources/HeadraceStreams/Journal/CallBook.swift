package import HeadraceCore

/// What one partition of the journal says, as far as it has been read, and which calls are in progress here: decides
/// what becomes of a call.
///
/// A pure value: no clock, no I/O. `JournalPartition` holds it behind a lock; the model tests drive it through crashes,
/// moves and frozen owners.
package struct CallBook: Sendable {
  private struct Flight {
    /// Milliseconds since 1970 until which its owner waits for it; nil once it has ended.
    var deadline: Int64?
  }

  package private(set) var state: JournalState
  private var flights: [CallFingerprint: Flight] = [:]
  /// When each hand-over note was read last.
  private var heard: [CallFingerprint: MonotonicTime] = [:]

  package init(indexBytes: Int) { state = JournalState(indexBytes: indexBytes) }

  /// What is to be done about a call.
  package enum Step: Sendable, Hashable {
    /// Its result stands in the journal, at this offset.
    case read(Int64)
    /// The journal has none, and only the journal may answer.
    case missing
    /// A former owner has it in progress, and is heard of: ask again when its result comes, at the latest after this.
    case waitForFormerOwner(Duration)
    /// Nothing has been heard of the former owner for too long. End its note, read the journal as far as that, and ask
    /// again: what it wrote before is known then.
    case endFormerOwner
    /// Another record here has it in progress: ask again when that has ended.
    case waitForFlight
    /// Make it. It counts as in progress from now on, until `leaveFlight`.
    case pay
  }

  // MARK: Calls

  /// Decides about a call.
  ///
  /// - Parameters:
  ///   - deadline: Milliseconds since 1970 until which its result is waited for, when it is made.
  ///   - unreadable: An offset that was tried, and holds the result no more.
  ///   - wall: Milliseconds since 1970.
  package mutating func next(
    _ fingerprint: CallFingerprint, mode: JournalMode, deadline: Int64, unreadable: Int64? = nil, at now: MonotonicTime,
    wall: Int64
  ) -> Step {
    if mode != .refresh, let offset = state.offset(of: .result(fingerprint)), offset != unreadable {
      return .read(offset)
    }
    if mode == .require { return .missing }
    if let left = handOverLeft(fingerprint, at: now, wall: wall) {
      return left > .zero ? .waitForFormerOwner(left) : .endFormerOwner
    }
    guard flights[fingerprint] == nil else { return .waitForFlight }
    flights[fingerprint] = Flight(deadline: deadline)
    return .pay
  }

  /// How much longer a former owner's result is worth waiting for, without news of it; nil when none is expected.
  package func handOverLeft(_ fingerprint: CallFingerprint, at now: MonotonicTime, wall: Int64) -> Duration? {
    guard let note = state.handOvers[fingerprint] else { return nil }
    let silence = now - (heard[fingerprint] ?? now)
    return min(.milliseconds(note.deadline - wall), .milliseconds(note.lease) - silence)
  }

  /// The call has ended; no note is written for it any more, but nobody makes it again until `leaveFlight`.
  package mutating func callEnded(_ fingerprint: CallFingerprint) { flights[fingerprint]?.deadline = nil }

  /// Its end is known to whoever must know it.
  package mutating func leaveFlight(_ fingerprint: CallFingerprint) { flights[fingerprint] = nil }

  package func isInFlight(_ fingerprint: CallFingerprint) -> Bool { flights[fingerprint] != nil }

  /// Calls in progress, with the time until which they are waited for: what a next owner is to be told.
  package var callsInProgress: [(fingerprint: CallFingerprint, deadline: Int64)] {
    flights.compactMap { entry in entry.value.deadline.map { (entry.key, $0) } }
  }

  // MARK: What was read and written

  /// Takes in the record at `offset`.
  package mutating func apply(
    key: [UInt8], isTombstone: Bool, offset: Int64, at now: MonotonicTime, value: () -> [UInt8]?
  ) -> JournalState.Change {
    let change = state.apply(key: key, isTombstone: isTombstone, offset: offset, value: value)
    switch change {
    case .nothing: break
    case .handOver(let fingerprint): heard[fingerprint] = now
    case .result(let fingerprint), .handOverEnded(let fingerprint): heard[fingerprint] = nil
    }
    return change
  }

  package mutating func reachedEnd(at offset: Int64) { state.reachedEnd(at: offset) }

  /// Takes note of what was written here and acknowledged: reading will come to it a little later.
  package mutating func wrote(_ key: JournalKey, at offset: Int64) { state.index.set(key.indexHash, offset) }
}
