import Testing

@testable import HeadraceBroker

@Suite("Topics of the log", .timeLimit(.minutes(3)))
struct TopicTests {
  let disk = SimulatedDisk()

  private func open() throws -> LogStore {
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = disk
    configuration.journalBytes = 256 << 10
    return try LogStore(configuration: configuration)
  }

  private func code(_ body: () throws(LogError) -> Void) -> Int16? {
    do throws(LogError) {
      try body()
      return nil
    } catch {
      return error.code
    }
  }

  @Test
  func `names, counts and settings are checked as Kafka checks them`() throws {
    let store = try open()
    func create(_ name: String, _ partitions: Int32 = 1, _ overrides: [String: String] = [:]) -> Int16? {
      code { () throws(LogError) in _ = try store.createTopic(name, partitions: partitions, configuration: overrides) }
    }
    for name in ["", ".", "..", "a b", "ä", "a/b", String(repeating: "x", count: 250)] { #expect(create(name) == 17) }
    #expect(create(String(repeating: "x", count: 249)) == nil)
    #expect(create("a.b") == nil)
    #expect(create("a.b") == 36)
    #expect(create("a_b") == 17)
    #expect(create("n", 0) == 37)
    #expect(create("n", 1, ["no.such.key": "1"]) == 40)
    #expect(create("n", 1, ["retention.ms": "x"]) == 40)
    #expect(create("n", 1, ["retention.ms": "-2"]) == 40)
    #expect(create("n", 1, ["segment.bytes": "100"]) == 40)
    #expect(create("n", 1, ["cleanup.policy": "burn"]) == 40)
    #expect(create("n", 1, ["min.cleanable.dirty.ratio": "1.5"]) == 40)
    #expect(create("n", 1, ["cleanup.policy": "compact,delete", "retention.ms": "-1"]) == nil)
    #expect(code { () throws(LogError) in try store.addPartitions("n", total: 1) } == 37)
    #expect(code { () throws(LogError) in try store.addPartitions("none", total: 1) } == 3)
    #expect(code { () throws(LogError) in try store.deleteTopic("none") } == 3)
    #expect(code { () throws(LogError) in try store.setConfiguration("n", ["bad": "1"]) } == 40)
    _ = try store.createTopic("dry", partitions: 3, validateOnly: true)
    #expect(store.topic("dry") == nil)
    try store.close(deadline: .never)
  }

  @Test
  func `topics, partitions and settings survive; a topic made again has another id and no records`() throws {
    var store = try open()
    let first = try store.createTopic("t", partitions: 1, configuration: ["retention.ms": "5"])
    try first.partitions[0].produce(TestBatch("old"))
    try store.addPartitions("t", total: 3)
    try store.setConfiguration("t", ["retention.bytes": "7"])
    try store.createTopic("gone", partitions: 1).partitions[0].produce(TestBatch("x"))
    try store.deleteTopic("gone")
    func check() throws {
      let topic = try #require(store.topic("t"))
      #expect(topic.id == first.id && topic.partitions.count == 3)
      #expect(topic.configuration.value("retention.ms")?.source == .builtIn)
      #expect(topic.configuration.value("retention.bytes")! == ("7", .topic))
      #expect(store.topics().map(\.name) == ["t"])
    }
    try check()
    // From the journal alone, then from the checkpoint.
    let survivor = disk.survivor(.power, seed: 1)
    var configuration = LogStore.Configuration(folder: "/data")
    configuration.fileSystem = survivor
    try store.close(deadline: .never)
    for _ in 0..<2 {
      store = try LogStore(configuration: configuration)
      try check()
      #expect(try store.partition("t", 0)?.records().map(\.text) == ["old"])
      try store.close(deadline: .never)
    }
    store = try open()
    try check()
    let old = try #require(store.partition("t", 0))
    try store.deleteTopic("t")
    let again = try store.createTopic("t", partitions: 1)
    #expect(again.id != first.id)
    #expect(try again.partitions[0].records().isEmpty)
    #expect(old.isDeleted)
    #expect(try disk.list("/data/topics").count == 1)
    try store.close(deadline: .never)
  }

  @Test
  func `state survives, in key order, deletions included`() throws {
    var store = try open()
    for number in 0..<20 {
      try store.state.put([StateChange(key: [1, UInt8(number)], value: [UInt8(number)])]).wait(until: .never)
    }
    try store.state.put([
      StateChange(key: [1, 3], value: nil), StateChange(key: [2], value: []), StateChange(key: [1, 4], value: [9]),
    ]).wait(until: .never)
    func check() {
      #expect(store.state.scan(prefix: [1]).map(\.key) == (0..<20).filter { $0 != 3 }.map { [1, $0] })
      #expect(store.state.value([1, 3]) == nil)
      #expect(store.state.value([1, 4]) == [9])
      #expect(store.state.value([2]) == [])
    }
    check()
    for _ in 0..<2 {
      try store.close(deadline: .never)
      store = try open()
      check()
    }
    try store.close(deadline: .never)
    #expect { try store.state.put([StateChange(key: [1], value: [1])]) } throws: { ($0 as? LogError)?.code == 56 }
  }
}
