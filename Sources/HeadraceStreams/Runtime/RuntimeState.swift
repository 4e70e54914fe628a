internal import HeadraceCore
internal import HeadraceKafka

/// Everything of a running processor that is guarded by its lock.
struct RuntimeState {
  var core: ProcessorCore
  var lanes: [TopicPartition: LaneEntry] = [:]
  /// The number of the last event of each partition: what was begun under an earlier one is void.
  var assignments: [TopicPartition: Int] = [:]
  private var lastAssignment = 0
  var workers: [ObjectIdentifier: Worker] = [:]
  var idle: [Worker] = []
  /// Workers woken and not yet running: no more are woken than there are processors, each wakes the next.
  var waking = 0
  /// Journals of partitions that were given back while calls were in progress; their notes are renewed.
  var handedOver: [JournalPartition] = []
  var handOverNotesDue = MonotonicTime.now
  /// Records stashed over all lanes.
  var stashed = 0
  var stashedBytes = 0
  /// Records that were finished since the stash was last looked at.
  var finishedSincePump = 0
  /// No record starts any more; handlers in progress may finish.
  var isStopping = false
  /// No worker waits any more.
  var isOver = false
  /// Records whose handler is at a journaled call.
  var atCalls = 0
  var isCommitSignalled = false
  /// Records failing transiently since the last success: three different ones say that it is not the records' fault.
  var failingSinceSuccess: Set<RecordCoordinate> = []
  var stuck = 0
  var hasRead = false
  var deadLetters = 0
  var lastCommitError: String?
  var commitFailures = 0
  var limited: [String: Int] = [:]

  init(limits: CoreLimits) { core = ProcessorCore(limits: limits) }

  /// Partitions come or go: returns the number of this event.
  mutating func beginAssignment(of partitions: [TopicPartition]) -> Int {
    lastAssignment += 1
    for place in partitions { assignments[place] = lastAssignment }
    return lastAssignment
  }

  /// What is kept beside a lane; nil when the lane is closed.
  func entry(of lane: PartitionLane) -> LaneEntry? {
    guard let entry = lanes[TopicPartition(lane.topic, lane.partition)], entry.lane === lane else { return nil }
    return entry
  }

  /// Takes an entry's stash out of the counts.
  mutating func dropStash(of entry: LaneEntry) {
    stashed -= entry.stash.count
    entry.stash.forEach { stashedBytes -= $0.byteCount }
  }
}
