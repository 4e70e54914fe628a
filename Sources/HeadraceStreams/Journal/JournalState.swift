package import HeadraceCore

/// What one partition of the journal says, as far as it has been read: a pure value fed in log order.
package struct JournalState: Sendable {
  var index: JournalIndex
  /// Attempts of records that were not acknowledged when last heard of.
  package private(set) var attempts: [RecordCoordinate: AttemptNote] = [:]
  /// Who holds the partition.
  package private(set) var owner: OwnerNote?
  /// Calls in progress at a hand-over.
  package private(set) var handOvers: [CallFingerprint: HandOverNote] = [:]
  /// The next offset to be read.
  package private(set) var position: Int64 = 0
  /// Records whose value could not be understood.
  package private(set) var unreadable = 0

  package init(indexBytes: Int) { index = JournalIndex(maximumBytes: indexBytes) }

  /// What a record changed.
  package enum Change: Sendable, Hashable {
    case nothing
    /// The result of this call is there now.
    case result(CallFingerprint)
    /// The old owner waits for this call, and lives.
    case handOver(CallFingerprint)
    /// The old owner no longer waits for this call.
    case handOverEnded(CallFingerprint)
  }

  /// Where the last record of a key stands.
  package func offset(of key: JournalKey) -> Int64? { index[key.indexHash] }

  /// Takes in the record at `offset`; `value` is asked for only where it matters.
  package mutating func apply(
    key keyBytes: [UInt8], isTombstone: Bool, offset: Int64, value: () -> [UInt8]?
  ) -> Change {
    position = max(position, offset + 1)
    guard let key = JournalKey(bytes: keyBytes) else { return .nothing }
    switch key {
    case .result(let fingerprint):
      if isTombstone {
        index.remove(key.indexHash)
        return .nothing
      }
      index.set(key.indexHash, offset)
      handOvers[fingerprint] = nil
      return .result(fingerprint)
    case .firstSeen:
      if isTombstone { index.remove(key.indexHash) } else { index.set(key.indexHash, offset) }
      return .nothing
    case .attempts(let coordinate):
      attempts[coordinate] = isTombstone ? nil : read(AttemptNote.self, value())
      return .nothing
    case .owner:
      owner = isTombstone ? nil : read(OwnerNote.self, value())
      return .nothing
    case .handOver(_, let fingerprint):
      handOvers[fingerprint] = isTombstone ? nil : read(HandOverNote.self, value())
      return handOvers[fingerprint] == nil ? .handOverEnded(fingerprint) : .handOver(fingerprint)
    }
  }

  /// The end was reached at `position`.
  package mutating func reachedEnd(at end: Int64) { position = max(position, end) }

  private mutating func read<Note: Decodable>(_ type: Note.Type, _ value: [UInt8]?) -> Note? {
    guard let value, let note = try? JournalCoding.decode(Note.self, from: value) else {
      unreadable += 1
      return nil
    }
    return note
  }
}
