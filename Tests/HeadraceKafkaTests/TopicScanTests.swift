import FoundationEssentials
import HeadraceKafka
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

@Suite("Topic scan", .timeLimit(.minutes(1 * TestKafka.patience)))
struct TopicScanTests {
  @Test(arguments: TestKafka.brokers)
  func allThatThereIsAndNothingThatComesLater(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 3) { topic in
      for partition in 0..<3 {
        try await broker.fill(topic, (0..<50).map { "\(partition)-\($0)" }, partition: Int32(partition))
      }
      let scan = TopicScan(try await broker.configuration())
      let ranges = try await scan.ranges(of: [topic, "no-such-topic"])
      #expect(ranges == Dictionary(uniqueKeysWithValues: (0..<3).map { (TopicPartition(topic, $0), 0..<50) }))
      try await broker.fill(topic, ["late"], partition: 1)
      var seen: [Int32: [String]] = [:]
      try await scan.read(ranges) { record in
        seen[record.partition, default: []].append(record.valueText ?? "")
        return true
      }
      #expect(seen == Dictionary(uniqueKeysWithValues: (0..<3).map { p in (p, (0..<50).map { "\(p)-\($0)" }) }))
      var count = 0
      try await scan.read(topics: [topic]) { _ in
        count += 1
        return count < 20
      }
      #expect(count == 20)
      await #expect(throws: KafkaError.self) { _ = try await scan.ranges(of: ["no-such-topic"], allowsMissing: false) }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func byTime(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        for second in 0..<10 {
          try await producer.send(
            ProducerRecord(
              topic: topic, key: nil, value: "\(second)",
              timestamp: Date(timeIntervalSince1970: 1_700_000_000 + Double(second))))
        }
      }
      let scan = TopicScan(try await broker.configuration())
      var values: [String] = []
      try await scan.read(topics: [topic], since: 1_700_000_006_500) { record in
        values.append(record.valueText ?? "")
        return true
      }
      #expect(values == ["7", "8", "9"])
      #expect(try await scan.ranges(of: [topic], since: 1_800_000_000_000)[TopicPartition(topic, 0)]?.isEmpty == true)
    }
  }

  /// The log ends with markers, which are never handed over, and an open transaction holds back what comes after it began.
  @Test(arguments: TestKafka.brokers)
  func markersAndOpenTransactionsDoNotHoldItUp(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let configuration = try await broker.configuration { $0.producer.transactionalID = uniqueName("tx") }
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.initTransactions(deadline: .seconds(20))
      func send(_ value: String) async throws {
        try await producer.send(ProducerRecord(topic: topic, key: nil, value: value))
      }
      try await producer.beginTransaction()
      try await send("kept")
      try await producer.commitTransaction(deadline: .seconds(20))
      try await producer.beginTransaction()
      try await send("aborted")
      try await producer.abortTransaction(deadline: .seconds(20))
      @Sendable func values(_ isolation: KafkaConfiguration.Isolation) async throws -> [String] {
        var values: [String] = []
        try await TopicScan(broker.configuration(), isolation: isolation).read(topics: [topic]) { record in
          values.append(record.valueText ?? "")
          return true
        }
        return values
      }
      // The abort may reach the log a moment after its answer.
      try await eventually { try await values(.readCommitted) == ["kept"] }
      #expect(try await values(.readUncommitted) == ["kept", "aborted"])
      try await producer.beginTransaction()
      try await send("open")
      #expect(try await values(.readCommitted) == ["kept"])
      var waiting = TopicScan(try await broker.configuration())
      waiting.waitsForOpenTransactions = true
      let patient = waiting
      // Three records and two markers.
      let ranges = [TopicPartition(topic, 0): Int64(0)..<5]
      let seen = Mutex<[String]>([])
      let scan = Task {
        try await patient.read(ranges) { record in
          seen.withLock { $0.append(record.valueText ?? "") }
          return true
        }
      }
      try await eventually { seen.withLock { $0 } == ["kept"] }
      try await producer.commitTransaction(deadline: .seconds(20))
      try await scan.value
      #expect(seen.withLock { $0 } == ["kept", "open"])
      await producer.close()
    }
  }

  @Test func aClusterThatGivesNothingEndsIt() async throws {
    let broker = try await EmbeddedBroker.start()
    var configuration = KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
    configuration.logger.level = .critical
    let admin = try KafkaAdmin(configuration: configuration)
    try await admin.createTopic(NewTopic("t", partitions: 1))
    try await withKafkaProducer(configuration) { try await $0.send(ProducerRecord(topic: "t", key: nil, value: "a")) }
    await admin.close()
    let scan = TopicScan(configuration, patience: .seconds(2))
    let ranges = try await scan.ranges(of: ["t"])
    await broker.kill()
    let start = ContinuousClock.now
    let error = await #expect(throws: KafkaError.self) { try await scan.read(ranges) { _ in true } }
    #expect(error?.code == .deadlineExceeded)
    #expect(ContinuousClock.now - start >= .seconds(2))
    await broker.remove()
  }

  @Test(arguments: TestKafka.brokers)
  func cancellationAndThrowsEndIt(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<100).map(String.init))
      let scan = TopicScan(try await broker.configuration())
      struct Stop: Error {}
      await #expect(throws: Stop.self) { try await scan.read(topics: [topic]) { _ in throw Stop() } }
      let ranges = [TopicPartition(topic, 0): Int64(0)..<1_000]
      let task = Task {
        try await scan.read(ranges) { _ in
          try await Task.sleep(for: .seconds(30)); return true
        }
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }
}
