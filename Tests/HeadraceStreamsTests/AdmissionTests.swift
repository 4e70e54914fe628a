import HeadraceCore
import Testing

@testable import HeadraceStreams

/// Who gets how much of the budget when a reader gives every partition the same.
@Suite(.timeLimit(.minutes(5)))
struct AdmissionTests {
  private let lanes = (0..<8).map { PartitionLane(topic: "t", partition: $0, ledger: Ledger(base: 0)) }
  private var core: ProcessorCore
  private var offsets = [Int64](repeating: 0, count: 8)

  init() {
    var limits = CoreLimits()
    limits.slots = 100_000
    limits.bufferBytes = 8 << 20
    core = ProcessorCore(limits: limits)
    for lane in lanes { core.open(lane) }
  }

  /// Hands records in until there is no room; returns how many found some.
  private mutating func read(_ lane: PartitionLane, _ count: Int, key: (Int64) -> String) -> Int {
    for read in 0..<count {
      let offset = offsets[Int(lane.partition)]
      let record = RawRecord(
        coordinate: RecordCoordinate(topic: "t", partition: lane.partition, offset: offset),
        key: Array(key(offset).utf8), value: [UInt8](repeating: 1, count: 1_000))
      if case .full = core.admit(record, on: lane) { return read }
      offsets[Int(lane.partition)] += 1
    }
    return count
  }

  /// Seen with 1,000 keys in 8 partitions: those with fewer keys filled the memory, the others ran dry.
  @Test mutating func G03_aPartitionThatDrainsSlowlyLeavesRoomForTheOthers() {
    var turnedAway = 0
    for _ in 0..<1_000 {
      _ = read(lanes[0], 20) { _ in "hot" }
      for lane in lanes.dropFirst() { turnedAway += 20 - read(lane, 20) { "\($0 % 100)" } }
      // The hot key's handler never ends.
      while let item = core.next() { if item.lane !== lanes[0] { core.complete(item, outputs: .none) } }
      if let batch = core.beginCommit(nonce: 1) { _ = core.commitSucceeded(batch) }
    }
    #expect(turnedAway == 0)
    #expect(lanes[0].heldCost < core.limits.bufferBytes / 3)
    #expect(lanes[0].heldCost > core.limits.bufferBytes / 4, "what nobody else needs is there for it")
  }

  /// Seen when a member took over from dead ones: its own partition brought nothing for as long as their backlog lasted.
  @Test mutating func G03_aBacklogOfOnePartitionDoesNotHoldUpTheOthers() {
    _ = read(lanes[0], 1_000) { "\($0)" }
    _ = read(lanes[1], 2) { "\($0)" }
    _ = read(lanes[2], 1) { "\($0)" }
    let started = (0..<6).compactMap { _ in core.next()?.lane.partition }
    #expect(started == [0, 1, 2, 0, 1, 0])
    // What a partition that leaves had waiting does not take a turn.
    core.drain([lanes[0]])
    _ = read(lanes[3], 1) { "\($0)" }
    let next = core.next()
    #expect(next?.lane === lanes[3])
    #expect(core.readyCount == 0)
  }

  @Test mutating func behindAHotKeyIsReadOnWhereSlotsAreIdle() throws {
    while read(lanes[0], 100, key: { _ in "hot" }) == 100 {}
    #expect(!core.hasRoom(lanes[0]))
    let first = core.next()
    core.complete(try #require(first), outputs: .none)
    _ = core.next()
    #expect(core.hasRoom(lanes[0]))
  }

  @Test mutating func partitionsInNeedShareEvenlyAndAreReadOnWhenHalfIsGone() {
    for _ in 0..<400 { for lane in lanes { _ = read(lane, 20) { "\($0)" } } }
    let held = lanes.map(\.heldCost)
    #expect(held.min()! * 10 > held.max()! * 9, "\(held)")
    #expect(held.reduce(0, +) > core.limits.bufferBytes / 4 * 3)
    #expect(held.reduce(0, +) <= core.limits.bufferBytes)
    let full = lanes[3].heldRecords
    var left = full
    // The others stand still meanwhile.
    while !core.hasRoom(lanes[3]), let item = core.next() {
      guard item.lane === lanes[3] else { continue }
      core.complete(item, outputs: .none)
      left -= 1
    }
    #expect((full / 3...full * 3 / 4).contains(left), "\(left) of \(full)")
  }
}
