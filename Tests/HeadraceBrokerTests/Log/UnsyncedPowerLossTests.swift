import FoundationEssentials
import Testing

@testable import HeadraceBroker

/// Without sync a power cut may take what was acknowledged; it may not leave a folder that does not open, or serve
/// anything that was never written.
@Suite("Power cuts without sync", .timeLimit(.minutes(5)))
struct UnsyncedPowerLossTests {
  static let seeds: Range<UInt64> = {
    let count = ProcessInfo.processInfo.environment["HEADRACE_TEST_SEEDS"].flatMap { UInt64($0) } ?? 40
    return 0..<count
  }()

  private func open(_ disk: SimulatedDisk) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = disk
    configuration.durability = .os
    configuration.journalBytes = 16 << 10
    configuration.segmentBytes = 5000
    configuration.cleanerInterval = .seconds(3600)
    configuration.topicDefaults = ["retention.bytes": "30000"]
    return try LogStore(configuration: configuration)
  }

  @Test(arguments: seeds)
  func `what is left is a beginning of every partition's log`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var disk = SimulatedDisk(seed: seed)
    var store = try open(disk)
    _ = try store.createTopic("t", partitions: 3)
    // Synced, so that the topic is there after each crash.
    try store.checkpoint()
    var written: [[Int64: String]] = [[:], [:], [:]]
    for round in 0..<4 {
      for number in 0..<Int.random(in: 1...120, using: &random) {
        let index = Int.random(in: 0..<3, using: &random)
        let partition = try #require(store.partition("t", Int32(index)))
        switch Int.random(in: 0..<30, using: &random) {
        case 0: try store.checkpoint()
        case 1: store.runRetention()
        case 2:
          _ = try partition.deleteRecords(
            before: Int64.random(in: partition.logStartOffset...partition.highWatermark, using: &random))
        case 3: try store.state.put([StateChange(key: [1], value: [UInt8(number)])]).wait(until: .never)
        default:
          let text = "\(round).\(number)" + String(repeating: "p", count: Int.random(in: 0...700, using: &random))
          let offset = try partition.produce(TestBatch(text)).baseOffset
          written[index][offset] = text
        }
      }
      let calls = disk.calls
      disk.set { $0.crashAtCall = calls }
      try? store.close(deadline: .after(.seconds(10)))
      disk = disk.survivor(.power, seed: random.next())
      store = try open(disk)
      for index in 0..<3 {
        let partition = try #require(store.partition("t", Int32(index)))
        let records = try partition.records(from: partition.logStartOffset)
        #expect(records.map(\.offset) == Array(partition.logStartOffset..<partition.highWatermark), "seed \(seed)")
        for record in records { #expect(written[index][record.offset] == record.text, "seed \(seed)") }
        written[index] = written[index].filter { $0.key < partition.highWatermark }
      }
    }
    try store.close(deadline: .never)
  }
}
