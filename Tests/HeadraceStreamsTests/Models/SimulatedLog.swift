import HeadraceCore

@testable import HeadraceStreams

/// An input topic, a group coordinator and an output log, as far as the core's decisions can tell them apart from real
/// ones: gaps in offsets, commits with metadata, generations that fence, transactions that become visible or not.
struct SimulatedLog {
  struct Visible: Hashable {
    var source: Int64
    var partition: Int32
    var key: [UInt8]
  }

  struct Committed {
    var offset: Int64
    var metadata: String?
  }

  /// Offsets that hold records, by partition; the rest are markers.
  var inputs: [Int32: [RawRecord]] = [:]
  var ends: [Int32: Int64] = [:]
  var committed: [Int32: Committed] = [:]
  /// Who may commit a partition: the number of its assignment.
  var generation: [Int32: Int] = [:]
  var outputs: [Visible] = []
  /// Attempt notes as a journal would hold them.
  var attempts: [RecordCoordinate: AttemptNote] = [:]

  init(partitions: Int32, records: Int, keys: Int, random: inout SeededGenerator) {
    for partition in 0..<partitions {
      var offset: Int64 = Int64.random(in: 0..<5, using: &random)
      for _ in 0..<records {
        while random.chance(15) { offset += Int64.random(in: 1...4, using: &random) }
        let key = random.chance(4) ? nil : [UInt8(Int.random(in: 0..<keys, using: &random))]
        inputs[partition, default: []].append(
          RawRecord(
            coordinate: RecordCoordinate(topic: "in", partition: partition, offset: offset), key: key,
            value: [UInt8](repeating: 7, count: Int.random(in: 0..<200, using: &random)), timestampMilliseconds: offset)
        )
        offset += 1
      }
      ends[partition] = offset + Int64.random(in: 0...3, using: &random)
      generation[partition] = 0
    }
  }

  /// What a commit of an owner does; false when it is fenced: then nothing of it is visible.
  mutating func commit(_ batch: CommitBatch, generations: [ObjectIdentifier: Int]) -> Bool {
    for mark in batch.marks where generation[mark.lane.partition] != generations[ObjectIdentifier(mark.lane)] {
      return false
    }
    for work in batch.work {
      outputs.append(
        Visible(source: work.item.offset, partition: work.item.lane.partition, key: work.item.record.key ?? []))
    }
    for mark in batch.marks { committed[mark.lane.partition] = Committed(offset: mark.base, metadata: mark.metadata) }
    return true
  }

  /// A lane as the runtime would open it.
  func lane(_ partition: Int32, unclean: Bool) -> PartitionLane {
    let stored = committed[partition]
    let offset = stored?.offset ?? 0
    var ledger = Ledger(base: offset)
    if case .valid(let metadata) = AckMetadata.decode(stored?.metadata, committedOffset: offset) {
      ledger = metadata.ledger
    }
    let notes = attempts.filter { $0.key.partition == partition && !ledger.isDone($0.key.offset) }
    return PartitionLane(
      topic: "in", partition: partition, ledger: ledger, committed: offset,
      attempts: Dictionary(uniqueKeysWithValues: notes.map { ($0.key.offset, $0.value) }),
      suspectsEnd: unclean ? offset + 1_000 : 0)
  }
}
