import HeadraceCore
import Testing

@testable import HeadraceBroker

@Suite("Partition", .timeLimit(.minutes(2)))
struct PartitionTests {
  let clock = Guarded<Int64>(2_000_000)
  let store: LogStore

  init() throws {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = SimulatedDisk()
    configuration.journalBytes = 1 << 20
    configuration.segmentBytes = 2000
    configuration.now = { [clock] in clock.withLock { $0 } }
    store = try LogStore(configuration: configuration)
  }

  private func partition(_ overrides: [String: String] = [:], _ name: String = "t") throws -> Partition {
    try store.createTopic(name, partitions: 1, configuration: overrides).partitions[0]
  }

  private func code(_ partition: Partition, _ bytes: [UInt8]) -> Int16? {
    do throws(LogError) {
      _ = try bytes.withView { (view) throws(LogError) in try partition.append(view) }
      return nil
    } catch {
      return error.code
    }
  }

  // MARK: Produce

  @Test
  func `a batch is checked as Kafka checks it`() throws {
    let partition = try partition()
    let good = TestBatch("a", "b").bytes
    var flipped = good
    flipped[70] ^= 1
    #expect(code(partition, flipped) == 2)
    #expect(code(partition, []) == 87)
    #expect(code(partition, Array(good.dropLast())) == 87)
    #expect(code(partition, good + good) == 87)
    for magic: UInt8 in [0, 1, 3] {
      var old = good
      old[16] = magic
      #expect(code(partition, old) == 87)
    }
    func sealed(_ change: (inout RecordBatchHeader) -> Void) -> [UInt8] {
      var header = good.withView { RecordBatchHeader($0)! }
      change(&header)
      return RecordBatchBuilder.seal(header, records: Array(good[61...]))
    }
    #expect(code(partition, sealed { $0.recordCount = 3 }) == 87)
    #expect(
      code(
        partition,
        sealed {
          $0.recordCount = 3; $0.lastOffsetDelta = 2
        }) == 87)
    #expect(
      code(
        partition,
        sealed {
          $0.recordCount = 1; $0.lastOffsetDelta = 0
        }) == 87)
    #expect(code(partition, sealed { $0.baseOffset = 1 }) == 87)
    #expect(code(partition, sealed { $0.attributes = 0x20 }) == 87)
    #expect(code(partition, sealed { $0.attributes = 5 }) == 87)
    #expect(code(partition, sealed { $0.attributes = 0x10 }) == 87)
    #expect(code(partition, sealed { $0.maxTimestamp = 2_000_000 + 3_600_001 }) == 32)
    #expect(code(partition, sealed { $0.maxTimestamp = 2_000_000 + 3_600_000 }) == nil)
    #expect(try partition.produce(TestBatch("a", "b")).baseOffset == 2)
    #expect(try partition.records().map(\.text) == ["a", "b", "a", "b"])
    #expect(throws: LogError.self) {
      try TestBatch("z").compressed(.zstd).bytes.withView { try partition.append($0, zstdAllowed: false) }
    }
  }

  @Test
  func `max message bytes counts the whole batch as it comes`() throws {
    let batch = TestBatch(bytes: 1000).bytes
    let exact = try partition(["max.message.bytes": String(batch.count)], "exact")
    let less = try partition(["max.message.bytes": String(batch.count - 1)], "less")
    #expect(code(exact, batch) == nil)
    #expect(code(less, batch) == 10)
  }

  @Test
  func `the broker's time replaces the producer's where the topic says so`() throws {
    let partition = try partition(["message.timestamp.type": "LogAppendTime"])
    let batch = TestBatch("a", timestamp: 5).from(1, sequence: 0)
    #expect(try partition.produce(batch).logAppendTime == 2_000_000)
    clock.withLock { $0 += 10 }
    let again = try partition.produce(batch)
    #expect(again.isDuplicate && again.logAppendTime == 2_000_000 && again.baseOffset == 0)
    let read = try partition.read(from: 0, maxBytes: 1 << 20, minOneBatch: true, isolation: .readUncommitted)
    let header = try read.batches()[0].header
    #expect(header.usesLogAppendTime && header.maxTimestamp == 2_000_000)
    #expect(try partition.offset(forTimestamp: 1_999_999, isolation: .readUncommitted)?.timestamp == 2_000_000)
  }

  // MARK: Fetch

  @Test
  func `reads give whole batches within their limits, from the batch that holds the offset`() throws {
    let partition = try partition()
    var sizes: [Int] = []
    for number in 0..<50 {
      let batch = TestBatch("\(number)", String(repeating: "x", count: number * 13 % 400))
      sizes.append(batch.bytes.count)
      try partition.produce(batch)
    }
    #expect(partition.lock.withLock { partition.segments.count } > 3)
    for number in 0..<50 {
      for maxBytes in [0, 1, 100, 500, 1800, 2500, 1 << 20] {
        for minOne in [true, false] {
          let offset = Int64(number * 2 + 1)
          let read = try partition.read(
            from: offset, maxBytes: maxBytes, minOneBatch: minOne, isolation: .readUncommitted)
          let batches = try read.batches()
          var expected = 0
          var bytes = 0
          while number + expected < 50, bytes + sizes[number + expected] <= maxBytes || (minOne && expected == 0) {
            bytes += sizes[number + expected]
            expected += 1
          }
          // A read may stop at the end of a segment short of the limit, never before its first batch.
          #expect(batches.count <= expected && (batches.count > 0) == (expected > 0))
          #expect(read.byteCount <= max(maxBytes, minOne ? sizes[number] : 0))
          if let first = batches.first { #expect(first.header.baseOffset == offset - 1) }
          for (left, right) in zip(batches, batches.dropFirst()) {
            #expect(left.header.nextOffset == right.header.baseOffset)
          }
          if maxBytes == 1 << 20 { #expect(batches.last?.header.nextOffset == 100) }
        }
      }
    }
  }

  @Test
  func `offsets outside of the log are errors, its end is not`() throws {
    let partition = try partition()
    for _ in 0..<3 { try partition.produce(TestBatch("a", "b")) }
    #expect(try partition.deleteRecords(before: 3) == 3)
    for offset: Int64 in [-1, 0, 2, 7] {
      #expect { try partition.records(from: offset) } throws: { ($0 as? LogError)?.code == 1 }
    }
    #expect(try partition.records(from: 6).isEmpty)
    // Inside a batch: the batch stays whole.
    let read = try partition.read(from: 3, maxBytes: 1000, minOneBatch: true, isolation: .readUncommitted)
    #expect(try read.batches().first?.header.baseOffset == 2)
    #expect(read.logStartOffset == 3)
  }

  @Test
  func `what a reader holds stays readable when its segment goes`() throws {
    let partition = try partition()
    for number in 0..<60 { try partition.produce(TestBatch("\(number)", String(repeating: "y", count: 150))) }
    let read = try partition.read(from: 0, maxBytes: 1 << 20, minOneBatch: true, isolation: .readUncommitted)
    #expect(try partition.deleteRecords(before: -1) == 120)
    #expect(partition.size == 0)
    #expect(try read.batches().count == 60)
    #expect(try partition.produce(TestBatch("z")).baseOffset == 120)
  }

  @Test
  func `committed readers stop at the oldest open transaction and learn what was rolled back`() throws {
    let partition = try partition()
    try partition.produce(TestBatch("plain"))
    try partition.produce(TestBatch("a1").from(5, sequence: 0, transactional: true))
    try partition.produce(TestBatch("b1").from(6, sequence: 0, transactional: true))
    try partition.produce(TestBatch("behind"))
    #expect(partition.lastStableOffset == 1 && partition.highWatermark == 4)
    #expect(partition.openTransactions().map(\.firstOffset) == [1, 2])
    #expect(try partition.committedRecords(from: 0).map(\.text) == ["plain"])
    try store.endTransaction(
      partitions: [partition], producerId: 5, epoch: 0, commit: false, coordinatorEpoch: 1, state: []
    ).wait(until: .never)
    #expect(partition.lastStableOffset == 2)
    try store.endTransaction(
      partitions: [partition], producerId: 6, epoch: 0, commit: true, coordinatorEpoch: 1, state: []
    ).wait(until: .never)
    #expect(partition.lastStableOffset == 6)
    #expect(try partition.committedRecords(from: 0).map(\.text) == ["plain", "b1", "behind"])
    let read = try partition.read(from: 0, maxBytes: 1 << 20, minOneBatch: true, isolation: .readCommitted)
    #expect(read.aborted == [AbortedTransaction(producerId: 5, firstOffset: 1, markerOffset: 4)])
    let tail = try partition.read(from: 5, maxBytes: 1 << 20, minOneBatch: true, isolation: .readCommitted)
    #expect(tail.aborted.isEmpty)
  }

  // MARK: Time and space

  @Test
  func `timestamps are found in offset order`() throws {
    let partition = try partition()
    let stamps: [Int64] = (0..<80).map { ($0 * 37) % 60 * 10 }
    for stamp in stamps { try partition.produce(TestBatch(String(repeating: "t", count: 90), timestamp: stamp)) }
    for asked in stride(from: Int64(0), through: 620, by: 5) {
      let expected = stamps.firstIndex { $0 >= asked }
      let found = try partition.offset(forTimestamp: asked, isolation: .readUncommitted)
      #expect(found?.offset == expected.map { Int64($0) })
      #expect(found?.timestamp == expected.map { stamps[$0] })
    }
    #expect(try partition.offsetOfMaxTimestamp()?.timestamp == stamps.max())
  }

  @Test
  func `retention goes by timestamps and may empty the log`() throws {
    let partition = try partition(["retention.ms": "1000"])
    for number in 0..<40 {
      try partition.produce(TestBatch(String(repeating: "r", count: 150), timestamp: 1_999_000 + Int64(number)))
    }
    store.runRetention()
    #expect(partition.logStartOffset == 0)
    clock.withLock { $0 = 2_000_020 }
    store.runRetention()
    #expect((1...20).contains(partition.logStartOffset))
    clock.withLock { $0 = 3_000_000 }
    store.runRetention()
    #expect(partition.logStartOffset == 40 && partition.highWatermark == 40 && partition.size == 0)
    #expect { try partition.records(from: 0) } throws: { ($0 as? LogError)?.code == 1 }
    try store.setConfiguration("t", ["retention.ms": "-1", "retention.bytes": "3000"])
    for _ in 0..<40 { try partition.produce(TestBatch(String(repeating: "r", count: 150), timestamp: 1)) }
    store.runRetention()
    #expect(partition.size >= 3000 && partition.size < 5000)
    #expect(partition.highWatermark == 80)
  }

  @Test
  func `records are deleted up to the watermark, not beyond, not in compacted topics`() throws {
    let partition = try partition()
    for _ in 0..<4 { try partition.produce(TestBatch("a")) }
    #expect { try partition.deleteRecords(before: 5) } throws: { ($0 as? LogError)?.code == 1 }
    #expect { try partition.deleteRecords(before: -2) } throws: { ($0 as? LogError)?.code == 1 }
    #expect(try partition.deleteRecords(before: 2) == 2)
    #expect(try partition.deleteRecords(before: 1) == 2)
    #expect(try partition.deleteRecords(before: -1) == 4)
    let compacted = try self.partition(["cleanup.policy": "compact"], "c")
    #expect { try compacted.deleteRecords(before: 0) } throws: { ($0 as? LogError)?.code == 44 }
  }

  // MARK: Parked fetches

  @Test
  func `a parked reader wakes for enough bytes, a marker, a deletion`() throws {
    let partition = try partition()
    let waiter = FetchWaiter()
    waiter.prepare(minBytes: 1)
    #expect(!partition.register(waiter, seen: 7, isolation: .readUncommitted))
    #expect(partition.register(waiter, seen: 0, isolation: .readUncommitted))
    #expect(!waiter.wait(until: .after(.milliseconds(5))))
    let producer = OSThread(name: "producer") { _ = try? partition.produce(TestBatch("a")) }
    #expect(waiter.wait(until: .after(.seconds(20))))
    producer.join()
    waiter.unregisterAll()

    waiter.prepare(minBytes: 150)
    #expect(partition.register(waiter, seen: 1, isolation: .readUncommitted))
    try partition.produce(TestBatch("b"))
    #expect(!waiter.wait(until: .after(.milliseconds(5))))
    try partition.produce(TestBatch("c"))
    try partition.produce(TestBatch("d"))
    #expect(waiter.wait(until: .now))
    waiter.unregisterAll()

    try partition.produce(TestBatch("t").from(5, sequence: 0, transactional: true))
    waiter.prepare(minBytes: 1)
    #expect(partition.register(waiter, seen: 4, isolation: .readCommitted))
    try partition.produce(TestBatch("u").from(5, sequence: 1, transactional: true))
    #expect(!waiter.wait(until: .now))
    try store.endTransaction(
      partitions: [partition], producerId: 5, epoch: 0, commit: true, coordinatorEpoch: 1, state: []
    ).wait(until: .never)
    #expect(waiter.wait(until: .now))
    waiter.unregisterAll()

    waiter.prepare(minBytes: 1)
    #expect(partition.register(waiter, seen: 7, isolation: .readUncommitted))
    try store.deleteTopic("t")
    #expect(waiter.wait(until: .now))
    waiter.unregisterAll()
    #expect(!partition.register(waiter, seen: 7, isolation: .readUncommitted))
    #expect { try partition.records() } throws: { ($0 as? LogError)?.code == 3 }
    #expect { try partition.produce(TestBatch("z")) } throws: { ($0 as? LogError)?.code == 3 }
  }
}
