import Glibc
import HeadraceCore
import Testing

@testable import HeadraceBroker

@Suite("Log store", .timeLimit(.minutes(2)))
struct LogStoreTests {
  let folder = TestFolder()

  func open(_ change: (inout LogStore.Configuration) -> Void = { _ in }) throws -> LogStore {
    var configuration = LogStore.Configuration(folder: folder.path)
    configuration.journalBytes = 4 << 20
    change(&configuration)
    return try LogStore(configuration: configuration)
  }

  @Test(arguments: [LogStore.Durability.fsync, .os])
  func `what was appended is read, also after a clean stop`(durability: LogStore.Durability) throws {
    let store = try open { $0.durability = durability }
    let partition = try store.createTopic("t", partitions: 2).partitions[1]
    for index in 0..<100 {
      #expect(try partition.produce(TestBatch("a\(index)", "b\(index)")).baseOffset == Int64(index * 2))
    }
    #expect(try partition.records().map(\.text) == (0..<100).flatMap { ["a\($0)", "b\($0)"] })
    #expect(try partition.records(from: 7).first?.text == "b3")
    #expect(partition.highWatermark == 200)
    try store.close(deadline: .never)
    let again = try open { $0.durability = durability }
    let reopened = try #require(again.partition("t", 1))
    #expect(again.clusterId == store.clusterId)
    #expect(reopened.highWatermark == 200)
    #expect(try reopened.records().map(\.text) == (0..<100).flatMap { ["a\($0)", "b\($0)"] })
    #expect(try reopened.produce(TestBatch("z")).baseOffset == 200)
    try again.close(deadline: .never)
  }

  @Test
  func `retention has its first pass soon after the start, however long the next one takes`() throws {
    let store = try open()
    let partition = try store.createTopic("t", partitions: 1, configuration: ["retention.ms": "1"]).partitions[0]
    _ = try partition.produce(TestBatch("old", timestamp: 1))
    try store.close(deadline: .never)
    let again = try open {
      $0.firstRetention = .milliseconds(1)
      $0.retentionInterval = .seconds(3_600)
    }
    let reopened = try #require(again.partition("t", 0))
    while reopened.logStartOffset == 0 { usleep(1_000) }
    #expect(reopened.size == 0)
    try again.close(deadline: .never)
  }

  @Test
  func `a newer format is refused, a second broker is kept out`() throws {
    let store = try open()
    #expect(throws: LogError.self) { try open() }
    try store.close(deadline: .never)
    let format = try SystemFileSystem().open(folder.path + "/format", .existing)
    let text = String(decoding: try format.read(at: 0, count: 1000), as: UTF8.self)
    #expect(text.hasPrefix("headrace-log\nformat=1\n"))
    try format.write(Array(text.replacing("format=1", with: "format=2").utf8), at: 0)
    #expect { try open() } throws: { ($0 as? LogError)?.message.contains("format 2") ?? false }
  }

  @Test(arguments: [LogStore.Durability.fsync, .os])
  func `many threads, small journals: all is there once, in each producer's order`(durability: LogStore.Durability)
    throws
  {
    let store = try open {
      $0.durability = durability
      $0.journalBytes = 256 << 10
      $0.segmentBytes = 100_000
    }
    let partitions = try store.createTopic("t", partitions: 3).partitions
    let failures = Guarded<[String]>([])
    let threads = (0..<8).map { thread in
      OSThread(name: "producer-\(thread)") {
        var random = SeededGenerator(seed: UInt64(thread))
        for number in 0..<150 {
          let size = Int.random(in: 0..<10, using: &random) == 0 ? 30_000 : 500
          var batch = TestBatch(bytes: size, filling: UInt8(thread)).from(Int64(thread), sequence: Int32(number / 3))
          batch.records[0].key = Array("\(number / 3)".utf8)
          do throws(LogError) {
            let result = try batch.bytes.withView { (view) throws(LogError) in try partitions[number % 3].append(view) }
            if number % 7 == 0 { result.ticket.detach() } else { try result.ticket.wait(until: .after(.seconds(60))) }
            if number % 20 == 0 {
              try store.state.put([StateChange(key: [UInt8(thread)], value: [UInt8(number)])]).wait(until: .never)
            }
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
        }
      }
    }
    for thread in threads { thread.join() }
    #expect(failures.withLock { $0 } == [])
    try store.close(deadline: .after(.seconds(60)))
    let again = try open { $0.durability = durability }
    for partition in again.topic("t")!.partitions {
      let records = try partition.records()
      #expect(records.count == 400)
      for producer in 0..<8 {
        let keys = records.filter { $0.producerId == Int64(producer) }.map { String(decoding: $0.key!, as: UTF8.self) }
        #expect(keys == (0..<50).map(String.init))
      }
    }
    #expect(again.state.scan(prefix: []).count == 8)
    try again.close(deadline: .never)
  }

  @Test
  func `records beyond the journal's end that an earlier use left are not taken for the next ones`() throws {
    let disk = SimulatedDisk()
    func open() throws -> LogStore {
      var configuration = LogStore.Configuration(folder: "/data")
      configuration.fileSystem = disk
      configuration.journalBytes = 64 << 10
      return try LogStore(configuration: configuration)
    }
    var store = try open()
    _ = try store.createTopic("t", partitions: 1)
    // Equal sizes, so that records of each use end where those of the last did.
    for round in 0..<6 {
      let partition = try #require(store.partition("t", 0))
      for number in 0..<(20 - round * 3) { try partition.produce(TestBatch("\(round)-\(number)".padded(to: 40))) }
      let before = try partition.records().map(\.text)
      // Stopped without a checkpoint, as by a crash.
      let calls = disk.calls
      disk.set { $0.crashAtCall = calls }
      try? store.close(deadline: .after(.seconds(5)))
      disk.set { $0.crashAtCall = .max }
      store = try open()
      #expect(try store.partition("t", 0)?.records().map(\.text) == before)
    }
    try store.close(deadline: .never)
  }

  /// Every partition's files and every journal would stay open, for as long as the process lives.
  @Test(arguments: [false, true])
  func `nothing is left of a closed store, nor of a deleted topic`(fails: Bool) throws {
    weak var deleted: Partition?
    weak var partition: Partition?
    weak var journal: Journal?
    func live() throws {
      let store = try open { $0.durability = .os }
      try store.createTopic("gone", partitions: 1).partitions[0].produce(TestBatch("a"))
      deleted = store.partition("gone", 0)
      try store.deleteTopic("gone")
      #expect(deleted == nil)
      let kept = try store.createTopic("kept", partitions: 2).partitions[1]
      partition = kept
      journal = store.journal
      try kept.produce(TestBatch("a"))
      if fails {
        // Queued and never committed: the journal has failed meanwhile.
        let ticket = try TestBatch("b").bytes.withView { (view) throws(LogError) in try kept.append(view).ticket }
        store.journal.fail(.storage("the disk is gone"))
        #expect(throws: LogError.self) { try ticket.wait(until: .never) }
      }
      try? store.close(deadline: .after(.seconds(5)))
    }
    try live()
    #expect(partition == nil)
    #expect(journal == nil)
  }
}

extension String {
  fileprivate func padded(to count: Int) -> String { self + String(repeating: " ", count: count - self.count) }
}
