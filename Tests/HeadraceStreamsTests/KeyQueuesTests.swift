import HeadraceCore
import Testing

@testable import HeadraceStreams

/// The queues by key against a dictionary of arrays.
@Suite(.timeLimit(.minutes(2)))
struct KeyQueuesTests {
  private let lane = PartitionLane(topic: "t", partition: 0, ledger: Ledger(base: 0))

  private func item(_ key: [UInt8], _ offset: Int64) -> WorkItem {
    WorkItem(
      record: RawRecord(coordinate: RecordCoordinate(topic: "t", partition: 0, offset: offset), key: key, value: [1]),
      lane: lane, limits: CoreLimits(), isAccepted: true)
  }

  /// Few hashes, so that runs in the table collide, wrap around and close up again.
  @Test(arguments: 0..<12 as Range<UInt64>)
  func G03_queuesByKeyAgreeWithADictionaryOfArrays(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var queues = KeyQueues()
    /// The first of each is the holder.
    var naive: [[UInt8]: [Int64]] = [:]
    var holders: [WorkItem] = []
    let keyCount = [1, 3, 40, 500][Int(seed % 4)]
    let hashes = [1, 5, 1_000_000][Int(seed % 3)]
    func hash(_ key: [UInt8]) -> Int { (Int(key[0]) << 8 | Int(key[1])) % hashes &* 31 }
    var problems: [String] = []
    func check(_ holds: Bool, _ what: String, _ offset: Int64) {
      if !holds { problems.append("seed \(seed), offset \(offset): \(what)") }
    }
    for offset in 0..<3_000 as Range<Int64> where problems.isEmpty {
      let number = Int.random(in: 0..<keyCount, using: &random)
      let key = [UInt8(number >> 8), UInt8(number & 255)]
      switch Int.random(in: 0..<100, using: &random) {
      case ..<48:
        let entered = item(key, offset)
        let isFree = queues.enter(entered, key: key, hash: hash(key))
        check(isFree == (naive[key] == nil), "free", offset)
        naive[key, default: []].append(offset)
        if isFree { holders.append(entered) }
      case ..<97 where !holders.isEmpty:
        let holder = holders.remove(at: Int.random(in: holders.indices, using: &random))
        let held = holder.record.key!
        let next = queues.leave(holder)
        naive[held]!.removeFirst()
        check(next?.offset == naive[held]!.first, "next", offset)
        if let next { holders.append(next) } else { naive[held] = nil }
      case 97:
        let overtaken = queues.removeWaiting(for: key, hash: hash(key)).map(\.offset)
        check(overtaken == Array(naive[key]?.dropFirst() ?? []), "overtaken", offset)
        if let first = naive[key]?.first { naive[key] = [first] }
      case 98 where random.chance(5):
        queues.removeAll()
        naive = [:]
        holders = []
      default:
        check(queues.waiting(for: key, hash: hash(key)) == max(0, (naive[key]?.count ?? 0) - 1), "waiting", offset)
      }
      check(queues.busyKeys == naive.count, "keys", offset)
      if offset % 16 == 0 {
        check(queues.waiting == naive.values.reduce(0) { $0 + $1.count - 1 }, "all that wait", offset)
      }
    }
    #expect(problems.isEmpty, "\(problems)")
  }
}
