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
}
