/// Records that may start: the partitions take turns, each in its own order.
///
/// In one queue, the backlog of a partition that was just taken over would stand before every fresh record of the others.
struct ReadyQueues: Sendable {
  /// Those with records, each once.
  private var lanes = RingQueue<PartitionLane>()
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ item: WorkItem) {
    if item.lane.ready.isEmpty { lanes.append(item.lane) }
    item.lane.ready.append(item)
    count &+= 1
  }

  mutating func popFirst() -> WorkItem? {
    guard let lane = lanes.popFirst(), let item = lane.ready.popFirst() else { return nil }
    count &-= 1
    if !lane.ready.isEmpty { lanes.append(lane) }
    return item
  }

  /// Forgets what waits of a partition.
  mutating func remove(_ lane: PartitionLane) {
    guard !lane.ready.isEmpty else { return }
    count -= lane.ready.count
    lane.ready.removeAll()
    lanes.removeAll { $0 === lane }
  }
}
