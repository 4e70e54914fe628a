import Testing

@testable import HeadraceBroker

/// A compacted topic of one partition on a simulated disk with a clock of its own, and all that was ever written to it.
final class CompactionModel {
  struct Entry {
    var key: [UInt8]
    var value: [UInt8]?
    var timestamp: Int64
    /// The clock when it was appended.
    var appended: Int64
    var isAborted = false
    var isOpen = false
  }

  private let clock = Guarded<Int64>(1_000_000)
  private var disk: SimulatedDisk
  private var random: SeededGenerator
  private let seed: UInt64
  private let compactionBytes: Int
  private var store: LogStore
  private(set) var partition: Partition
  private var entries: [Int64: Entry] = [:]
  private var sequence: Int32 = 0
  private var isInTransaction = false

  init(seed: UInt64, compactionBytes: Int = 64 << 20) throws {
    self.seed = seed
    self.compactionBytes = compactionBytes
    random = SeededGenerator(seed: seed)
    disk = SimulatedDisk(seed: seed)
    store = try Self.open(disk, clock, compactionBytes)
    partition = try store.createTopic("t", partitions: 1).partitions[0]
  }

  var now: Int64 {
    get { clock.withLock { $0 } }
    set { clock.withLock { $0 = newValue } }
  }

  private static func open(_ disk: SimulatedDisk, _ clock: Guarded<Int64>, _ compactionBytes: Int) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = disk
    configuration.journalBytes = 64 << 10
    configuration.segmentBytes = 700
    configuration.compactionBytes = compactionBytes
    configuration.cleanerInterval = .seconds(3600)
    configuration.now = { clock.withLock { $0 } }
    configuration.topicDefaults = [
      "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0", "delete.retention.ms": "1000",
      "message.timestamp.after.max.ms": "9223372036854775807",
    ]
    return try LogStore(configuration: configuration)
  }

  // MARK: Work

  /// Random work, a cleaning that may be cut off by a crash, a check.
  func round() throws {
    for _ in 0..<Int.random(in: 5...40, using: &random) {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6: try appendRandom(transactional: false)
      case 6, 7: try appendRandom(transactional: true)
      case 8: try endTransaction()
      default: now += Int64.random(in: 0...700, using: &random)
      }
    }
    if Bool.random(using: &random) {
      let calls = disk.calls
      let chance = Int.random(in: 1...60, using: &random)
      disk.set {
        $0.crashAtCall = calls + chance
        $0.shortWrites = true
      }
      store.runCleaner()
      try crash()
    } else {
      store.runCleaner()
      if Bool.random(using: &random) { try store.checkpoint() }
    }
    try check()
  }

  func finish() throws {
    try endTransaction()
    try seal()
    for _ in 0..<4 {
      clean()
      now += 2000
    }
    try check()
    let left = try partition.records().filter { $0.offset < sealedEnd }
    #expect(!left.contains { $0.value == nil || $0.isControl }, "seed \(seed): tombstones or markers stayed")
    try close()
  }

  func append(_ pairs: [(String, String?)]) throws {
    try append(
      pairs.map { TestBatch.Record(key: Array($0.0.utf8), value: $0.1.map { Array($0.utf8) }, timestamp: now) },
      transactional: false, compression: .none)
  }

  /// Fills the active segment so that all before it is sealed.
  func seal() throws {
    for number in 0..<3 { try append([("filler\(number)", String(repeating: "f", count: 400))]) }
  }

  func clean() { store.runCleaner() }

  func close() throws { try store.close(deadline: .never) }

  private func appendRandom(transactional: Bool) throws {
    let records = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      let key = "key\(Int.random(in: 0..<8, using: &random))"
      let value: String? =
        Int.random(in: 0..<5, using: &random) == 0
        ? nil : String(repeating: "v", count: Int.random(in: 0...60, using: &random)) + "\(entries.count)"
      return TestBatch.Record(
        key: Array(key.utf8), value: value.map { Array($0.utf8) },
        timestamp: now - Int64.random(in: 0...50, using: &random))
    }
    try append(
      records, transactional: transactional, compression: CompressionType.allCases.randomElement(using: &random)!)
  }

  private func append(_ records: [TestBatch.Record], transactional: Bool, compression: CompressionType) throws {
    var batch = TestBatch(records: records).compressed(compression)
    if transactional {
      batch = batch.from(7, sequence: sequence, transactional: true)
      sequence += Int32(records.count)
      isInTransaction = true
    }
    let base = try partition.produce(batch).baseOffset
    for (number, record) in records.enumerated() {
      entries[base + Int64(number)] = Entry(
        key: record.key!, value: record.value, timestamp: record.timestamp, appended: now, isOpen: transactional)
    }
  }

  private func endTransaction() throws {
    guard isInTransaction else { return }
    let commit = Bool.random(using: &random)
    try store.endTransaction(
      partitions: [partition], producerId: 7, epoch: 0, commit: commit, coordinatorEpoch: 0, state: []
    ).wait(until: .never)
    for offset in entries.keys where entries[offset]!.isOpen {
      entries[offset]!.isOpen = false
      entries[offset]!.isAborted = !commit
    }
    isInTransaction = false
  }

  private func crash() throws {
    let calls = disk.calls
    disk.set { $0.crashAtCall = min($0.crashAtCall, calls) }
    try? store.close(deadline: .after(.seconds(10)))
    disk = disk.survivor(.power, seed: random.next())
    store = try Self.open(disk, clock, compactionBytes)
    partition = try #require(store.partition("t", 0))
  }

  // MARK: Checks

  private var sealedEnd: Int64 { partition.lock.withLock { partition.segments.last?.base ?? 0 } }

  func check() throws {
    let place = "seed \(seed)"
    let found = try partition.records()
    let data = found.filter { !$0.isControl }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.offset < $1.offset }, "\(place)")
    for record in data {
      let entry = try #require(entries[record.offset], "\(place): offset \(record.offset) was never written")
      #expect(record.key == entry.key && record.value == entry.value, "\(place): offset \(record.offset)")
      #expect(record.timestamp == entry.timestamp, "\(place): offset \(record.offset)")
    }
    let there = Set(data.map(\.offset))
    let sealedEnd = sealedEnd
    for (offset, entry) in entries where offset >= sealedEnd {
      #expect(there.contains(offset), "\(place): \(entry) of the active segment is gone")
    }
    let cleanedOffset = partition.lock.withLock { partition.cleanedOffset }
    let committed = entries.filter { !$0.value.isAborted && !$0.value.isOpen }
    for (key, versions) in Dictionary(grouping: committed, by: \.value.key) {
      let last = versions.map(\.key).max()!
      let entry = entries[last]!
      if entry.value != nil || now < entry.appended + 1000 {
        #expect(
          there.contains(last), "\(place): the last record \(last) of \(String(decoding: key, as: UTF8.self)) is gone")
      }
      let below = versions.filter { $0.key < cleanedOffset && there.contains($0.key) }
      #expect(below.count <= 1, "\(place): \(String(decoding: key, as: UTF8.self)) is there \(below.count) times")
    }
    // What a reader of committed data sees: nothing rolled back, and all that is there and decided.
    let stable = partition.lastStableOffset
    let visible = try partition.committedRecords(from: 0).map(\.offset)
    #expect(visible == data.map(\.offset).filter { $0 < stable && !entries[$0]!.isAborted }, "\(place)")
    // From everywhere: the next record that is there.
    for _ in 0..<5 {
      let from = Int64.random(in: 0...partition.highWatermark, using: &random)
      #expect(try partition.records(from: from).first?.offset == found.first { $0.offset >= from }?.offset, "\(place)")
    }
    let asked = now - Int64.random(in: 0...3000, using: &random)
    let answer = try partition.offset(forTimestamp: asked, isolation: .readUncommitted)
    #expect(answer?.offset == data.first { $0.timestamp >= asked }?.offset, "\(place)")
  }
}
