import HeadraceCore

@testable import HeadraceStreams

/// Members that drive real cores against a simulated log, one random step at a time.
struct CoreSimulation {
  struct Member {
    var core: ProcessorCore
    /// Number of the assignment of each lane that is held.
    var generations: [ObjectIdentifier: Int] = [:]
    var lanes: [PartitionLane] = []
    /// Where each lane reads on in the log's record list.
    var cursors: [ObjectIdentifier: Int] = [:]
    var inProgress: [WorkItem] = []
    var commit: CommitBatch?
    /// What would be in progress at once for a key: the check of one at a time.
    var isZombie = false
  }

  let seed: UInt64
  var random: SeededGenerator
  var log: SimulatedLog
  var members: [Member] = []
  var limits = CoreLimits()
  var now = MonotonicTime(nanoseconds: 1_000_000_000)
  var nonce: UInt64 = 0
  var problems: [String] = []
  let poisonPercent: Int
  let partitions: Int32

  init(seed: UInt64) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    partitions = Int32.random(in: 1...3, using: &random)
    poisonPercent = random.chance(50) ? 0 : Int.random(in: 1...10, using: &random)
    let records = Int.random(in: 5...40, using: &random)
    log = SimulatedLog(
      partitions: partitions, records: records, keys: Int.random(in: 1...8, using: &random), random: &random)
    limits.slots = Int.random(in: 1...16, using: &random)
    limits.bufferBytes = Int.random(in: 2_000...40_000, using: &random)
    limits.bufferRecords = Int.random(in: 2...50, using: &random)
    limits.recordsPerKey = Int.random(in: 1...20, using: &random)
    limits.commitBytes = Int.random(in: 10...4_000, using: &random)
    limits.order = random.chance(80) ? .key : .partition
  }

  mutating func run() -> [String] {
    let memberCount = Int.random(in: 1...3, using: &random)
    for _ in 0..<memberCount { members.append(Member(core: ProcessorCore(limits: limits))) }
    for partition in 0..<partitions {
      assign(partition, to: Int.random(in: 0..<memberCount, using: &random), unclean: false)
    }
    // Faults for a while, then it comes to its end.
    for _ in 0..<400 {
      chaos(Int.random(in: members.indices, using: &random))
      if !problems.isEmpty { return problems }
    }
    for index in members.indices {
      endStop(index)
      recover(index)
    }
    for _ in 0..<400 where !isFinished {
      for index in members.indices { settle(index) }
      if !problems.isEmpty { return problems }
    }
    checkEnd()
    return problems
  }

  // MARK: Steps

  private mutating func advance(_ index: Int) {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: deliver(index)
    case 1: start(index)
    case 2: finishOne(index)
    case 3: beginCommit(index)
    case 4: endCommit(index, outcome: .success)
    default: tick(index, by: .milliseconds(Int.random(in: 0...2_000, using: &random)))
    }
  }

  /// One of everything that brings a member on.
  private mutating func settle(_ index: Int) {
    for _ in members[index].lanes { deliver(index) }
    for _ in 0..<limits.slots { start(index) }
    while !members[index].inProgress.isEmpty { finishOne(index) }
    endCommit(index, outcome: .success)
    beginCommit(index)
    endCommit(index, outcome: .success)
    tick(index, by: .seconds(2))
  }

  private mutating func chaos(_ index: Int) {
    switch Int.random(in: 0..<100, using: &random) {
    case 0: crash(index)
    case 1: move(gracefully: true)
    case 2: move(gracefully: false)
    case 3...6: endCommit(index, outcome: .abort)
    case 7...9: endCommit(index, outcome: .unknown)
    case 10: members[index].core.isPaused.toggle()
    case 11: tick(index, by: .seconds(3_600))
    case 12: beginStop(index)
    case 13: endStop(index)
    default: advance(index)
    }
  }

  private mutating func deliver(_ index: Int) {
    guard let lane = members[index].lanes.randomElement(using: &random) else { return }
    let id = ObjectIdentifier(lane)
    let records = log.inputs[lane.partition] ?? []
    for _ in 0..<Int.random(in: 1...10, using: &random) {
      let cursor = members[index].cursors[id] ?? 0
      guard cursor < records.count else {
        members[index].core.reachedEnd(of: lane, at: log.ends[lane.partition]!)
        return
      }
      let record = records[cursor]
      if members[index].core.isStopping {
        // Read, and left to the next owner.
        members[index].cursors[id] = cursor + 1
        continue
      }
      if case .full = members[index].core.admit(record, on: lane) { return }
      members[index].cursors[id] = cursor + 1
    }
  }

  private mutating func start(_ index: Int) {
    guard let item = members[index].core.next() else { return }
    if item.lane.phase != .open { problems.append("started on a partition that is leaving") }
    if item.isSuspect {
      item.attempts += 1
      log.attempts[item.record.coordinate] = AttemptNote(attempts: item.attempts)
      item.hasNote = true
    }
    // One at a time within the assignment that counts.
    if let key = item.record.key {
      let clash = members[index].inProgress.contains {
        $0.lane === item.lane && (limits.order == .partition || $0.record.key == key)
      }
      if clash { problems.append("two of key \(key) at a time at \(item.record.coordinate)") }
    }
    members[index].inProgress.append(item)
    if members[index].inProgress.count > limits.slots { problems.append("more in progress than slots") }
  }

  private mutating func finishOne(_ index: Int) {
    guard !members[index].inProgress.isEmpty else { return }
    let item = members[index].inProgress.remove(at: Int.random(in: members[index].inProgress.indices, using: &random))
    if random.chance(poisonPercent), item.attempts < 4 {
      if !item.isSuspect { item.attempts += 1 }
      item.failure = ProcessingFailure(
        failureClass: .transient, reason: "x", message: "", errorType: "", attempts: item.attempts)
      log.attempts[item.record.coordinate] = AttemptNote(attempts: item.attempts, failureClass: .transient)
      item.hasNote = true
      members[index].core.postpone(item, until: now + .milliseconds(Int.random(in: 0...5_000, using: &random)))
    } else {
      members[index].core.complete(item, outputs: [Output(topic: "out", key: item.record.key, value: [1])])
    }
  }

  private mutating func beginCommit(_ index: Int) {
    guard members[index].commit == nil else { return }
    nonce += 1
    members[index].commit = members[index].core.beginCommit(nonce: nonce)
    for mark in members[index].commit?.marks ?? [] where mark.metadata.utf8.count > AckMetadata.limit {
      problems.append("metadata of \(mark.metadata.utf8.count) characters")
    }
  }

  enum Outcome { case success, abort, unknown }

  private mutating func endCommit(_ index: Int, outcome: Outcome) {
    guard let batch = members[index].commit else { return }
    members[index].commit = nil
    var wentThrough = false
    switch outcome {
    case .success: wentThrough = log.commit(batch, generations: members[index].generations)
    case .abort: break
    case .unknown:
      // It may or may not have gone through; reading the nonce back tells.
      if random.chance(50) { _ = log.commit(batch, generations: members[index].generations) }
      let mark = batch.marks.first
      if let mark,
        case .valid(let read) = AckMetadata.decode(
          log.committed[mark.lane.partition]?.metadata,
          committedOffset: log.committed[mark.lane.partition]?.offset ?? -1)
      {
        wentThrough = read.nonce == batch.nonce
      }
    }
    if wentThrough {
      for item in members[index].core.commitSucceeded(batch) { log.attempts[item.record.coordinate] = nil }
    } else {
      members[index].core.commitFailed(batch)
      // A fenced member learns that its lanes are gone.
      let stale = members[index].lanes.filter {
        log.generation[$0.partition] != members[index].generations[ObjectIdentifier($0)]
      }
      release(stale, from: index)
    }
  }

  private mutating func tick(_ index: Int, by duration: Duration) {
    now = now + duration
    _ = members[index].core.wakeRetries(now)
  }

  // MARK: Faults

  private mutating func crash(_ index: Int) {
    // The broker may have had the request already.
    if let batch = members[index].commit, random.chance(50) {
      _ = log.commit(batch, generations: members[index].generations)
    }
    replace(index, unclean: true)
  }

  /// A graceful stop begins: nothing is taken in or started any more.
  private mutating func beginStop(_ index: Int) {
    members[index].core.isStopping = true
    members[index].core.isPaused = true
  }

  /// It ends with a last commit, whatever is still in progress; another member takes over.
  private mutating func endStop(_ index: Int) {
    guard members[index].core.isStopping else { return }
    endCommit(index, outcome: random.chance(80) ? .success : .unknown)
    beginCommit(index)
    endCommit(index, outcome: random.chance(80) ? .success : .abort)
    replace(index, unclean: false)
  }

  /// A new process in place of one that is gone; what it held goes to anybody.
  private mutating func replace(_ index: Int, unclean: Bool) {
    let partitions = members[index].lanes.map(\.partition).filter { partition in
      members[index].lanes.contains {
        $0.partition == partition && log.generation[partition] == members[index].generations[ObjectIdentifier($0)]
      }
    }
    members[index] = Member(core: ProcessorCore(limits: limits))
    for partition in partitions {
      assign(partition, to: Int.random(in: members.indices, using: &random), unclean: unclean)
    }
  }

  /// Moves a partition: gracefully (drained, last commit, closed) or behind a member's back, which leaves a zombie.
  private mutating func move(gracefully: Bool) {
    let partition = Int32.random(in: 0..<partitions, using: &random)
    for index in members.indices {
      guard
        let lane = members[index].lanes.first(where: {
          $0.partition == partition && log.generation[partition] == members[index].generations[ObjectIdentifier($0)]
        })
      else { continue }
      if gracefully {
        members[index].core.drain([lane])
        if members[index].commit != nil { endCommit(index, outcome: random.chance(80) ? .success : .abort) }
        // A fenced member has lost the lane meanwhile.
        if members[index].lanes.contains(where: { $0 === lane }) {
          beginCommit(index)
          endCommit(index, outcome: random.chance(80) ? .success : .abort)
        }
        release([lane], from: index)
      }
    }
    assign(partition, to: Int.random(in: members.indices, using: &random), unclean: !gracefully)
  }

  private mutating func assign(_ partition: Int32, to index: Int, unclean: Bool) {
    // A member that holds it as a zombie closes the old lane first.
    release(members[index].lanes.filter { $0.partition == partition }, from: index)
    log.generation[partition]! += 1
    let lane = log.lane(partition, unclean: unclean)
    members[index].lanes.append(lane)
    members[index].generations[ObjectIdentifier(lane)] = log.generation[partition]!
    let records = log.inputs[partition] ?? []
    members[index].cursors[ObjectIdentifier(lane)] =
      records.firstIndex { $0.coordinate.offset >= lane.ledger.base } ?? records.count
    members[index].core.open(lane)
  }

  private mutating func release(_ lanes: [PartitionLane], from index: Int) {
    members[index].core.close(lanes)
    members[index].lanes.removeAll { lane in lanes.contains { $0 === lane } }
  }

  private mutating func recover(_ index: Int) {
    members[index].core.isPaused = false
    let stale = members[index].lanes.filter {
      log.generation[$0.partition] != members[index].generations[ObjectIdentifier($0)]
    }
    release(stale, from: index)
  }

  // MARK: Checks

  private var isFinished: Bool {
    log.committed.count == Int(partitions)
      && (0..<partitions).allSatisfy { log.committed[$0]!.offset >= (log.inputs[$0]!.last!.coordinate.offset + 1) }
  }

  private mutating func checkEnd() {
    guard isFinished else {
      problems.append("it stalled: \(log.committed.mapValues(\.offset)) of \(log.ends)")
      return
    }
    var seen: Set<SimulatedLog.Visible> = []
    var last: [String: Int64] = [:]
    for output in log.outputs {
      if !seen.insert(output).inserted { problems.append("doubled: \(output.partition)/\(output.source)") }
      guard limits.order == .partition || !output.key.isEmpty else { continue }
      let lane = limits.order == .partition ? "\(output.partition)" : "\(output.partition)/\(output.key)"
      if let before = last[lane], before > output.source {
        problems.append("out of order in \(lane): \(output.source) after \(before)")
      }
      last[lane] = output.source
    }
    for (partition, records) in log.inputs {
      for record in records
      where !seen.contains(
        SimulatedLog.Visible(source: record.coordinate.offset, partition: partition, key: record.key ?? []))
      { problems.append("lost: \(record.coordinate)") }
    }
  }
}
