import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

@Suite(.enabled(if: Logs.kafka != nil, "HEADRACE_TEST_KAFKA names no bootstrap servers"), .timeLimit(.minutes(3)))
struct ProcessorTests {
  @Test func G02_everyRecordIsWrittenOnceInKeyOrder() async throws {
    let log = TestLog(bootstrapServers: Logs.kafka!)
    let input = try await log.makeTopic("in")
    let output = try await log.makeTopic("out")
    try await log.produce(input, (0..<5_000).map { (key: "k\($0 % 50)", value: "\($0)") })
    var configuration = ProcessorConfiguration(name: log.name("copy"), inputTopics: [input])
    configuration.slots = 100
    let inProgress = Mutex<Set<[UInt8]>>([])
    let service = RunningService(
      ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
        let isAlone = inProgress.withLock { $0.insert(record.key!).inserted }
        #expect(isAlone, "two of one key at a time")
        if Int.random(in: 0..<20) == 0 { try await Task.sleep(for: .milliseconds(Int.random(in: 0..<20))) }
        inProgress.withLock { _ = $0.remove(record.key!) }
        return [Output(topic: output, key: record.key, value: record.value)]
      })
    try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
    try await service.stop()
    let records = try await log.read(output)
    #expect(records.count == 5_000)
    var last: [[UInt8]: Int] = [:]
    for record in records {
      let number = Int(String(decoding: record.value!, as: UTF8.self))!
      if let before = last[record.key!] { #expect(number > before) }
      last[record.key!] = number
    }
    #expect(Set(records.map { $0.value! }).count == 5_000)
  }
}
