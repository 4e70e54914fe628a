internal import HeadraceCore

/// One admitted record on its way from its key queue to its commit.
///
/// `@unchecked Sendable`: `record`, `lane` and `cost` never change. Everything else belongs to whoever holds the lock
/// of the core that admitted it, but for `attempts`, `tries`, `failure` and `hasNote`, which belong to the worker that took the
/// item from `next()` until it hands it back by `complete` or `postpone`.
package final class WorkItem: @unchecked Sendable {
  package let record: RawRecord
  package let lane: PartitionLane
  /// What the budgets count.
  let cost: Int

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
  /// The next record of the same key.
  var successor: WorkItem?

  init(record: RawRecord, lane: PartitionLane, cost: Int) {
    self.record = record
    self.lane = lane
    self.cost = cost
  }

  package var offset: Int64 { record.coordinate.offset }
}
