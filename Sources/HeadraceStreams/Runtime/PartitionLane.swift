internal import HeadraceCore

/// What the core knows of one assignment of one partition.
///
/// Each assignment makes a new lane: results of an earlier one find theirs closed and are dropped, which is the local
/// epoch check. `@unchecked Sendable`: names never change; all else is guarded by the lock of the core it belongs to.
package final class PartitionLane: @unchecked Sendable {
  /// The life of an assignment.
  package enum Phase: Sendable, Hashable {
    /// Records are admitted and dispatched.
    case open
    /// To be given back: nothing is dispatched any more, what finishes still joins a commit.
    case draining
    /// Given back or lost: whatever finishes is dropped.
    case closed
  }

  package let topic: String
  package let partition: Int32

  package internal(set) var phase = Phase.open
  package internal(set) var ledger: Ledger
  /// The offset that the group has committed, as far as known here.
  package internal(set) var committed: Int64
  /// Something has changed since the last commit began.
  var isDirty = false
  var keys = KeyQueues()
  /// Records that may start; see `ReadyQueues`.
  var ready = RingQueue<WorkItem>()
  /// Sum of `cost` of what is held (waiting, ready, in progress); what waits for a retry is not in it.
  var heldCost = 0
  var heldRecords = 0
  var inProgress = 0
  var retrying = 0
  /// What keeps the lane's intake closed; nil while records are admitted.
  package internal(set) var fullness: Fullness?

  /// Attempts from the journal, by offset, for what was not acknowledged.
  var restoredAttempts: [Int64: AttemptNote] = [:]
  /// Below this offset a record may have been in progress when the last owner died.
  var suspectsEnd: Int64

  /// Times of records, one in 64 offsets, for the age of the oldest.
  var timeMarks = RingQueue<(offset: Int64, milliseconds: Int64)>()
  var lastMark: Int64 = -1

  package init(
    topic: String, partition: Int32, ledger: Ledger, committed: Int64? = nil,
    attempts: [Int64: AttemptNote] = [:], suspectsEnd: Int64 = 0
  ) {
    self.topic = topic
    self.partition = partition
    self.ledger = ledger
    self.committed = committed ?? ledger.base
    self.restoredAttempts = attempts
    self.suspectsEnd = suspectsEnd
  }

  /// Milliseconds since 1970 of (about) the oldest record that is not acknowledged; nil when there is none.
  func oldestUndoneMilliseconds() -> Int64? {
    guard ledger.undone > 0 else { return nil }
    var found: Int64?
    timeMarks.forEach { mark in if mark.offset <= ledger.base { found = mark.milliseconds } }
    return found ?? timeMarks.first?.milliseconds
  }

  func note(_ offset: Int64, _ milliseconds: Int64) {
    guard offset >> 6 != lastMark else { return }
    lastMark = offset >> 6
    timeMarks.append((offset, milliseconds))
    while timeMarks.count > 64, let first = timeMarks.first, first.offset + 64 <= ledger.base {
      _ = timeMarks.popFirst()
    }
  }
}

/// Why a partition's intake is closed.
package enum Fullness: String, Sendable, Hashable, Codable {
  /// The window of acknowledgements is at its bound.
  case window
  /// Too many records of one key wait.
  case key
  /// The bytes or records in memory are at their bound.
  case budget
}
