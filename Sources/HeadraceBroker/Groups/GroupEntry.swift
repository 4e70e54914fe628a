internal import HeadraceCore

/// One group with its offsets, under a lock of its own. Lock order: a transaction's lock, then a group's, then the log's.
final class GroupEntry: @unchecked Sendable {
  // Invariant: everything below is touched under `lock` only.
  let id: String
  let lock = Condition()
  var machine: ClassicGroup
  var offsets: [TopicPartition: CommittedOffset] = [:]
  /// Producer ids whose open transactions hold offsets of a partition back.
  var pending: [TopicPartition: Set<Int64>] = [:]
  /// Out of the registry: look the group up again.
  var isGone = false
  var joins: [WaiterToken: RequestWaiter<JoinAnswer>] = [:]
  var syncs: [WaiterToken: RequestWaiter<SyncAnswer>] = [:]
  var scheduled: Int64?

  init(_ machine: ClassicGroup) {
    self.machine = machine
    id = machine.id
  }

  /// Whether nothing would be missed if the group were not there.
  var isForgettable: Bool {
    machine.isForgettable && offsets.isEmpty && pending.isEmpty && joins.isEmpty && syncs.isEmpty
  }
}
