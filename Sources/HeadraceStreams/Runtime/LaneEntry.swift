internal import HeadraceCore
internal import HeadraceKafka

/// What the runtime keeps beside a lane.
///
/// `@unchecked Sendable`: the variables are guarded by the lock of the runtime's state; the rest never changes.
final class LaneEntry: @unchecked Sendable {
  let lane: PartitionLane
  let journal: JournalPartition?
  /// Where results are looked up; the journal's own partition but for replays.
  let results: JournalPartition?
  /// Read, but not admitted yet; at most one batch, since the partition is paused then.
  var stash = RingQueue<WorkItem>()
  /// The partition's reading is paused.
  var isPaused = false
  /// The end was reached behind what is stashed.
  var pendingEnd: Int64?
  /// The partition's end, as last heard of.
  var end: Int64 = 0

  init(lane: PartitionLane, journal: JournalPartition?, results: JournalPartition?) {
    self.lane = lane
    self.journal = journal
    self.results = results
  }
}
