import FoundationEssentials
import HeadraceCore
import Testing

@testable import HeadraceBroker

/// Many threads share commit cycles while the disk stops.
@Suite("Crashes under many producers", .timeLimit(.minutes(5)))
struct ConcurrentCrashTests {
  static let seeds: Range<UInt64> = {
    let count = ProcessInfo.processInfo.environment["HEADRACE_TEST_SEEDS"].flatMap { UInt64($0) } ?? 15
    return 0..<count
  }()

  /// What one producer knows: the offsets it was told, and how much it sent.
  private struct Account {
    var acknowledged: [(partition: Int, offset: Int64, text: String)] = []
    var sent: [Int: [String]] = [:]
  }

  private func open(_ disk: SimulatedDisk, _ durability: LogStore.Durability) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = disk
    configuration.durability = durability
    configuration.journalBytes = 32 << 10
    configuration.bulkBytes = 3000
    configuration.segmentBytes = 10_000
    return try LogStore(configuration: configuration)
  }

  @Test(arguments: seeds, [LogStore.Durability.fsync, .os])
  func G01_everyProducerFindsWhatItWasToldInItsOrderOnce(
    seed: UInt64, durability: LogStore.Durability
  ) throws {
    var random = SeededGenerator(seed: seed)
    let disk = SimulatedDisk(seed: seed)
    let store = try open(disk, durability)
    let partitions = try store.createTopic("t", partitions: 3).partitions
    let calls = disk.calls
    let crash = calls + Int.random(in: 20...900, using: &random)
    disk.set { $0.crashAtCall = crash }
    let accounts = Guarded<[Account]>([])
    let threads = (0..<5).map { thread in
      OSThread(name: "producer-\(thread)") {
        let account = Self.produce(to: partitions, thread: thread, seed: seed)
        accounts.withLock { $0.append(account) }
      }
    }
    for thread in threads { thread.join() }
    let seen = partitions.map(\.highWatermark)
    try? store.close(deadline: .after(.seconds(10)))

    let survivor = disk.survivor(durability == .fsync ? .power : .process, seed: seed)
    let again = try open(survivor, durability)
    let logs = try #require(again.topic("t")).partitions.map { try $0.records() }
    for (index, log) in logs.enumerated() {
      #expect(Int64(log.count) >= seen[index], "seed \(seed)")
      #expect(log.map(\.offset) == Array(0..<Int64(log.count)), "seed \(seed)")
    }
    for account in accounts.withLock({ $0 }) {
      for told in account.acknowledged {
        let log = logs[told.partition]
        try #require(told.offset < log.count, "seed \(seed): \(told) is gone")
        #expect(log[Int(told.offset)].text == told.text, "seed \(seed)")
      }
      for (index, texts) in account.sent {
        let owner = texts[0].prefix { $0 != "." } + "."
        let found = logs[index].map(\.text).filter { $0.hasPrefix(owner) }
        #expect(found == Array(texts.prefix(found.count)), "seed \(seed)")
      }
    }
    try again.close(deadline: .never)
  }

  private static func produce(to partitions: [Partition], thread: Int, seed: UInt64) -> Account {
    var random = SeededGenerator(seed: seed &* 100 &+ UInt64(thread))
    var account = Account()
    var sequences: [Int: Int32] = [:]
    for number in 0..<200 {
      let index = Int.random(in: 0..<partitions.count, using: &random)
      let size = [10, 200, 4000].randomElement(using: &random)!
      let text = "\(thread).\(number)." + String(repeating: "c", count: size)
      let sequence = sequences[index] ?? 0
      let batch = TestBatch(text).from(Int64(thread), sequence: sequence)
      do throws(LogError) {
        let result = try batch.bytes.withView { (view) throws(LogError) in try partitions[index].append(view) }
        account.sent[index, default: []].append(text)
        sequences[index] = sequence + 1
        if Int.random(in: 0..<8, using: &random) == 0 {
          result.ticket.detach()
        } else {
          try result.ticket.wait(until: .after(.seconds(30)))
          account.acknowledged.append((index, result.baseOffset, text))
        }
      } catch {
        break
      }
    }
    return account
  }
}
