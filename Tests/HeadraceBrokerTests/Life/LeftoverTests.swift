import Foundation
import HeadraceCore
import HeadraceTesting
import Testing

@testable import HeadraceBroker

/// What a broker leaves in its process when it has ended: nothing.
@Suite(.timeLimit(.minutes(10)))
struct LeftoverTests {
  /// What must be gone after a broker's end.
  private final class Remains: @unchecked Sendable {
    // Invariant: written before the broker ends, read after; the test awaits in between.
    weak var broker: Broker?
    weak var core: BrokerCore?
    weak var store: LogStore?
    weak var journal: Journal?
    weak var topic: Topic?
    weak var group: GroupCoordinator?
    weak var transactions: TransactionCoordinator?

    var kept: [String] {
      [
        ("broker", broker as AnyObject?), ("core", core), ("store", store), ("journal", journal), ("topic", topic),
        ("groups", group), ("transactions", transactions),
      ].filter { $0.1 != nil }.map(\.0)
    }
  }

  /// One life: a client, a group, a transaction, records; then a stop or a death.
  private func live(in folder: String, dies: Bool) async throws -> Remains {
    let remains = Remains()
    var configuration = BrokerConfiguration(folder: folder)
    configuration.port = 0
    configuration.journalBytes = 1 << 20
    configuration.durability = .os
    let broker = Broker(killable: configuration)
    try await broker.start()
    let port = try #require(broker.boundPort)
    try await OffPool.run { () throws(any Error) in
      let lab = try Lab(TestTarget(port: port), isEmbedded: true)
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      try producer.send(topic, 0, "a")
      try producer.end(commit: true)
      try demand(lab.commit(lab.name("g"), topic, 1), .none)
      remains.topic = broker.core?.store.topic(topic)
    }
    remains.broker = broker
    remains.core = broker.core
    remains.store = broker.core?.store
    remains.journal = broker.core?.store.journal
    remains.group = broker.core?.groups
    remains.transactions = broker.core?.transactions
    if dies { await broker.kill() } else { try await broker.stop() }
    return remains
  }

  /// Waits until nothing is kept: a connection's thread may be a moment behind.
  private func expectNothing(_ remains: Remains) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while !remains.kept.isEmpty, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
    #expect(remains.kept == [])
  }

  @Test(arguments: [false, true])
  func aBrokerThatHasEndedKeepsNothing(_ dies: Bool) async throws {
    let folder = TestFolder()
    for _ in 0..<2 { try await expectNothing(live(in: folder.path + "/data", dies: dies)) }
  }

  /// However far it came: its recovery fails at one call of the disk after the other.
  @Test func aLogThatCannotBeOpenedKeepsNothing() throws {
    let disk = SimulatedDisk(seed: 1)
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.journalBytes = 128 << 10
    configuration.fileSystem = disk
    let store = try LogStore(configuration: configuration)
    try store.createTopic("t", partitions: 1).partitions[0].produce(TestBatch("x").from(1, sequence: 0))
    var failures = 0
    for call in 1..<200 {
      let survivor = disk.survivor(.process, seed: UInt64(call))
      let start = survivor.calls
      survivor.set { $0.crashAtCall = start + call }
      var configuration = configuration
      configuration.fileSystem = survivor
      weak var kept: LogStore?
      weak var journal: Journal?
      do throws(LogError) {
        let reopened = try LogStore(configuration: configuration)
        (kept, journal) = (reopened, reopened.journal)
        try reopened.close(deadline: .after(.seconds(20)))
      } catch {
        failures += 1
      }
      #expect(kept == nil && journal == nil, "call \(call)")
    }
    #expect(failures > 10)
    try store.close(deadline: .after(.seconds(20)))
  }

  /// A child that is forked keeps every descriptor until its exec; with it the folder's lock, were that only closed.
  @Test func aLockIsGivenBackThoughAnotherDescriptorIsOpen() throws {
    let folder = TestFolder()
    let system = SystemFileSystem()
    var lock: (any Sendable)? = try system.lock(folder.path + "/lock")
    #expect(lock != nil)
    let descriptor = try #require(
      FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").first {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == folder.path + "/lock"
      }.flatMap { Int32($0) })
    let inherited = dup(descriptor)
    defer { close(inherited) }
    #expect(throws: FileError.self) { _ = try system.lock(folder.path + "/lock") }
    lock = nil
    #expect(throws: Never.self) { _ = try system.lock(folder.path + "/lock") }
  }

  /// A thousand lives in one process, most of them short: files, threads and memory stay where they were. The figures are
  /// the whole process's, so nothing else may run in it.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["HEADRACE_SOAK"] != nil, "long: HEADRACE_SOAK=1"))
  func aThousandLivesInOneProcess() async throws {
    let folder = TestFolder()
    var before: [Int] = []
    for life in 0..<1_000 {
      let path = "\(folder.path)/\(life % 4)"
      try await expectNothing(live(in: path, dies: life % 3 == 0))
      if life % 4 == 3 {
        // Else the folders' topics grow with the number of lives.
        for index in 0..<4 { try? FileManager.default.removeItem(atPath: "\(folder.path)/\(index)") }
      }
      if life % 100 == 99 || life == 20 {
        let now = [count("fd"), count("task"), residentMegabytes()]
        print("after \(life + 1) lives: \(now[0]) files, \(now[1]) threads, \(now[2]) MB")
        if before.isEmpty { before = now }
        #expect(now[0] <= before[0] + 4 && now[1] <= before[1] + 4 && now[2] <= before[2] + 24)
      }
    }
  }

  private func count(_ folder: String) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(folder)").count) ?? 0
  }

  private func residentMegabytes() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    return pages.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { ($0 * 4_096) >> 20 } ?? 0
  }
}
