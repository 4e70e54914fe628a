internal import HeadraceCore

/// One admitted record on its way from its key queue to its commit.
///
/// `@unchecked Sendable`: `lane`, `offset`, `cost` and what is known of the key never change, nor does `record` until the
/// record is through and its value is let go. Everything else belongs to whoever holds the lock of the core that admitted
/// it, but for `attempts`, `tries`, `failure` and `hasNote`, which belong to the worker that took the item from `next()`
/// until it hands it back by `complete` or `postpone`.
package final class WorkItem: @unchecked Sendable {
  package private(set) var record: RawRecord
  package let lane: PartitionLane
  package let offset: Int64
  /// What the budgets count.
  let cost: Int
  /// Bytes of the record as it was read.
  let byteCount: Int
  /// The hash of what the record is ordered by; nil when it waits for nobody.
  let keyHash: Int?
  /// Whether the processor's filter takes it.
  let isAccepted: Bool

  /// Attempts that have failed (or begun, in a process that died).
  package var attempts = 0
  /// Failures in a row in this process, those that do not count as attempts included: for the back-off.
  package var tries = 0
  /// The last failure; nil while there is none, or where the process died.
  package var failure: ProcessingFailure?
  /// An attempt note for it stands in the journal and is to be removed once the record is acknowledged.
  package var hasNote = false
  /// The next attempt is written to the journal before it is made: the record may have killed a process.
  package var isSuspect = false
  /// It has been in progress when a process died before: it is handled alone, until its acknowledgement.
  package var isAlone = false

  /// Journaled calls that its handler is at.
  var openCalls = 0
  /// Whether it holds its key, so that later records of the key wait.
  var holdsKey = false
  /// The number of its key in the lane's queues; -1 where it has none.
  var keyNumber: Int32 = -1
  /// The next record of the same key.
  var successor: WorkItem?

  /// Made by whoever reads, outside any lock.
  init(record: consuming RawRecord, lane: PartitionLane, limits: CoreLimits, isAccepted: Bool) {
    self.lane = lane
    self.isAccepted = isAccepted
    offset = record.coordinate.offset
    byteCount = record.byteCount
    cost = limits.cost(of: byteCount)
    keyHash = limits.orderingKey(of: record).map { KeyQueues.hash(of: $0) }
    self.record = record
  }

  /// The record is through: only its key and its place are still of use.
  func letValueGo() {
    record.value = nil
    record.headers = []
  }
}
