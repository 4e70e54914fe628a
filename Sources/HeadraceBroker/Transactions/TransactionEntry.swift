internal import HeadraceCore

/// A transactional id under its lock. The lock is held from a batch's check to its append, and from the decision to end
/// to the markers: no batch can slip in behind the marker of its transaction. Lock order: this one, then groups' (by
/// name), then the log's.
final class TransactionEntry: @unchecked Sendable {
  // Invariant: everything below is touched under `lock` only.
  let lock = Condition()
  var machine: TransactionMachine
  /// Offsets that become visible with the commit, by group.
  var offsets: [String: [TopicPartition: CommittedOffset]] = [:]
  var isGone = false

  init(_ machine: TransactionMachine) { self.machine = machine }
}
