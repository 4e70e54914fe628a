import FoundationEssentials
import Testing

@testable import HeadraceBroker

@Suite("Compaction", .timeLimit(.minutes(5)))
struct CompactionTests {
  static let seeds: Range<UInt64> = {
    let count = ProcessInfo.processInfo.environment["HEADRACE_TEST_SEEDS"].flatMap { UInt64($0) } ?? 30
    return 0..<count
  }()

  @Test(arguments: seeds)
  func `of every key the last committed record stays, at its offset, through crashes`(seed: UInt64) throws {
    let model = try CompactionModel(seed: seed)
    for _ in 0..<6 { try model.round() }
    try model.finish()
  }

  @Test
  func `a tombstone lives for its retention after its first cleaning, then goes`() throws {
    let model = try CompactionModel(seed: 1)
    try model.append([("a", "1"), ("b", "1")])
    try model.append([("a", nil)])
    try model.seal()
    model.clean()
    #expect(try model.partition.records(from: 0).filter { $0.key == Array("a".utf8) }.map(\.text) == ["nil"])
    model.now += 999
    model.clean()
    #expect(try model.partition.records(from: 0).contains { $0.key == Array("a".utf8) })
    model.now += 2
    model.clean()
    #expect(try !model.partition.records(from: 0).contains { $0.key == Array("a".utf8) })
    #expect(try model.partition.records(from: 0).contains { $0.key == Array("b".utf8) })
    #expect(model.partition.logStartOffset == 0)
    try model.close()
  }

  @Test
  func `memory bounds how far one pass goes, later passes finish`() throws {
    let model = try CompactionModel(seed: 2, compactionBytes: 48 * 20)
    for round in 0..<4 {
      for key in 0..<50 { try model.append([("k\(key)", "\(round)")]) }
    }
    try model.seal()
    for _ in 0..<60 { model.clean() }
    try model.check()
    let old = try model.partition.records().map(\.offset).filter { $0 < 150 }
    #expect(old.isEmpty, "\(old)")
    #expect(model.partition.lock.withLock { model.partition.cleanedOffset } >= 200)
    try model.close()
  }

  @Test
  func `a record without key is refused, also in a compressed batch`() throws {
    let model = try CompactionModel(seed: 3)
    for type in CompressionType.allCases {
      let batch = TestBatch(records: [.init(key: [1], value: [2]), .init(key: nil, value: [2])]).compressed(type)
      #expect(throws: LogError.invalidRecord("record 1 has no key; the topic is compacted")) {
        try model.partition.produce(batch)
      }
    }
    try model.close()
  }
}
