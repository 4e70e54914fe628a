import Testing

@testable import HeadraceBroker

@Suite("Faults of the disk", .timeLimit(.minutes(2)))
struct StorageFaultTests {
  private func open(
    _ disk: SimulatedDisk, durability: LogStore.Durability = .fsync,
    onFatal: @escaping @Sendable (LogError) -> Void = { _ in }
  ) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = disk
    configuration.durability = durability
    configuration.journalBytes = 128 << 10
    configuration.segmentBytes = 20_000
    configuration.bulkBytes = 4000
    configuration.onFatal = onFatal
    return try LogStore(configuration: configuration)
  }

  @Test(arguments: [1, 700, 9000])
  func `a full disk is an error that goes away with room, and costs nothing else`(recordBytes: Int) throws {
    let disk = SimulatedDisk()
    let store = try open(disk)
    let partition = try store.createTopic("t", partitions: 1).partitions[0]
    let batch = TestBatch(bytes: recordBytes)
    for number: Int32 in 0..<5 { try partition.produce(batch.from(1, sequence: number)) }
    disk.set { $0.capacity = 0 }
    var room = 0
    var accepted: Int32 = 5
    var refused = 0
    while refused < 20 {
      do throws(LogError) {
        try partition.produce(batch.from(1, sequence: accepted))
        accepted += 1
      } catch {
        #expect(error.code == 56)
        refused += 1
        // A little room at a time: writes end in the middle.
        room += recordBytes / 3 + 7
        disk.set { $0.capacity = room + 400_000 }
      }
    }
    #expect(try partition.records().count == Int(accepted))
    disk.set { $0.capacity = .max }
    #expect(try partition.produce(batch.from(1, sequence: accepted)).baseOffset == Int64(accepted))
    let survivor = disk.survivor(.power, seed: 4)
    let again = try open(survivor)
    #expect(try again.partition("t", 0)?.records().count == Int(accepted) + 1)
    try again.close(deadline: .never)
    try store.close(deadline: .never)
  }

  @Test
  func `a transaction's end on a full disk happens nowhere, and succeeds later`() throws {
    let disk = SimulatedDisk()
    let store = try open(disk)
    let partitions = try store.createTopic("t", partitions: 3).partitions
    for partition in partitions { try partition.produce(TestBatch("x").from(5, sequence: 0, transactional: true)) }
    func end() throws(LogError) {
      try store.endTransaction(
        partitions: partitions, producerId: 5, epoch: 0, commit: true, coordinatorEpoch: 0,
        state: [StateChange(key: [1], value: [2])]
      ).wait(until: .never)
    }
    disk.set { $0.capacity = 0 }
    #expect { try end() } throws: { ($0 as? LogError)?.code == 56 }
    #expect(partitions.allSatisfy { $0.lastStableOffset == 0 && $0.highWatermark == 1 })
    #expect(store.state.value([1]) == nil)
    disk.set { $0.capacity = .max }
    try end()
    #expect(partitions.allSatisfy { $0.lastStableOffset == 2 })
    #expect(store.state.value([1]) == [2])
    try store.close(deadline: .never)
  }

  @Test(arguments: 1...12)
  func `after a failed sync nothing is acknowledged any more`(failing: Int) throws {
    let disk = SimulatedDisk()
    let fatal = Guarded<[LogError]>([])
    let store = try open(disk) { error in fatal.withLock { $0.append(error) } }
    let partition = try store.createTopic("t", partitions: 1).partitions[0]
    try partition.produce(TestBatch("first"))
    let base = disk.syncs
    disk.set { $0.failingSync = base + failing }
    var acknowledged = 1
    do throws(LogError) {
      for number in 0..<100 {
        try partition.produce(TestBatch(bytes: number % 3 == 0 ? 6000 : 200))
        acknowledged += 1
      }
      Issue.record("the failed sync went unnoticed")
    } catch {
      #expect(error.code == 56)
    }
    #expect { try partition.produce(TestBatch("more")) } throws: { ($0 as? LogError)?.code == 56 }
    #expect(fatal.withLock { $0.count } == 1)
    #expect(partition.highWatermark == Int64(acknowledged))
    #expect(throws: LogError.self) { try store.close(deadline: .after(.seconds(5))) }
    let again = try open(disk.survivor(.power, seed: UInt64(failing)))
    #expect(try #require(again.partition("t", 0)).highWatermark >= Int64(acknowledged))
    try again.close(deadline: .never)
  }

  @Test(arguments: 1...25)
  func `a write that fails is refused or the end, and takes nothing acknowledged with it`(failing: Int) throws {
    let disk = SimulatedDisk(seed: UInt64(failing))
    let fatal = Guarded(false)
    let store = try open(disk) { _ in fatal.withLock { $0 = true } }
    let partition = try store.createTopic("t", partitions: 1).partitions[0]
    let base = disk.writes
    disk.set { $0.failingWrite = base + failing }
    var acknowledged: [Int64: Int] = [:]
    for number in 0..<60 {
      let size = number % 4 == 0 ? 7000 : 300
      do throws(LogError) {
        acknowledged[try partition.produce(TestBatch(bytes: size)).baseOffset] = size
      } catch {
        #expect(error.code == 56)
        if fatal.withLock({ $0 }) { break }
      }
    }
    try? store.close(deadline: .after(.seconds(5)))
    let again = try open(disk.survivor(.power, seed: UInt64(failing)))
    let records = try #require(again.partition("t", 0)).records()
    for (offset, size) in acknowledged { #expect(records[Int(offset)].value?.count == size) }
    #expect(records.count <= acknowledged.count + 1)
    try again.close(deadline: .never)
  }

  @Test
  func `lost or broken index hints cost a scan, never a wrong answer`() throws {
    let disk = SimulatedDisk()
    let store = try open(disk)
    let partition = try store.createTopic("t", partitions: 1).partitions[0]
    for number in 0..<200 { try partition.produce(TestBatch("\(number)", String(repeating: "i", count: 500))) }
    try store.close(deadline: .never)
    let folder = "/data/topics/" + (try #require(try disk.list("/data/topics").first))
    let hints = try disk.list(folder).filter { $0.hasSuffix(".index") }
    #expect(hints.count > 3)
    var random = SeededGenerator(seed: 3)
    for (number, name) in hints.enumerated() {
      if number % 3 == 0 {
        try disk.remove(folder + "/" + name)
      } else {
        let file = try disk.open(folder + "/" + name, .existing)
        let size = Int(try file.size())
        if number % 3 == 1 {
          try file.write(
            [UInt8.random(in: 0...255, using: &random)], at: Int64.random(in: 0..<Int64(size), using: &random))
        } else {
          // Well-formed entries of another segment.
          try file.write(SegmentIndexTests.entries([(0, 0), (3, 700), (5, 1400)]), at: 0)
        }
      }
    }
    let again = try open(disk)
    let reopened = try #require(again.partition("t", 0))
    for offset: Int64 in stride(from: 0, to: 400, by: 7) {
      #expect(try reopened.records(from: offset, maxBytes: 3000).count == Int(400 - offset))
    }
    try again.close(deadline: .never)
  }
}
