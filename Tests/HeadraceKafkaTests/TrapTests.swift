import FoundationEssentials
import HeadraceCore
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

@testable import HeadraceKafka

/// What bites in librdkafka 2.0.2, one by one; the table in the article *Traps* says which test stands for which trap.
@Suite("Traps", .timeLimit(.minutes(1 * TestKafka.patience)))
struct TrapTests {
  @Test(arguments: TestKafka.brokers)
  func theFirstRecordToATopicDoesNotWaitASecond(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let producer = try await KafkaProducer(configuration: broker.configuration(.latency))
      // The connection is there, the topic is new to the client.
      _ = try await producer.partitionCount(of: topic)
      var fastest = Duration.seconds(60)
      // The trap waits every time; a busy machine does so now and then.
      for _ in 0..<20 where fastest >= .milliseconds(700) {
        let fresh = try await KafkaProducer(configuration: broker.configuration(.latency))
        _ = try await fresh.partitionCount(of: topic)
        let start = ContinuousClock.now
        try await fresh.send(
          ProducerRecord(topic: topic, key: nil, value: [1], headers: [RecordHeader("h", "v")]))
        fastest = min(fastest, ContinuousClock.now - start)
        await fresh.close()
      }
      #expect(fastest < .milliseconds(700))
      await producer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func headersOfARefusedRecordAreFreedOnce(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let producer = try await KafkaProducer(configuration: broker.configuration(.latency))
      _ = try await producer.partitionCount(of: topic)
      try await producer.send(ProducerRecord(topic: topic, key: nil, value: [1]))
      for _ in 0..<100 {
        let error = await #expect(throws: KafkaError.self) {
          try await producer.send(
            ProducerRecord(
              topic: topic, partition: 77, key: nil, value: [1],
              headers: [RecordHeader("a", "1"), RecordHeader("b", [UInt8](repeating: 7, count: 500))]))
        }
        #expect(error?.code == .unknownPartition)
      }
      #expect(producer.outstanding == 0)
      await producer.close()
    }
  }

  @Test func prefetchIsBoundedByBytesAndNeverByFewRecords() throws {
    for preset in KafkaConfiguration.Preset.allCases {
      let configuration = KafkaConfiguration(bootstrapServers: "h:1", preset: preset)
      #expect(configuration.consumer.queuedRecords >= 1_000_000)
      #expect(configuration.consumer.queuedBytes >= 8 << 20)
      let properties = configuration.properties(for: .consumer)
      #expect(properties.contains(Property(name: "socket.nagle.disable", value: "true")))
      #expect(properties.contains(Property(name: "enable.auto.offset.store", value: "false")))
    }
    let processor = KafkaConfiguration(bootstrapServers: "h:1", preset: .processor)
    #expect(processor.consumer.queuedBytes + processor.producer.bufferBytes <= 100_000_000)
  }

  /// A commit right behind another one waited a tenth of a second for the broker to be ready.
  @Test func transactionsAreTriedAgainSoonAfterABusyBroker() {
    var configuration = KafkaConfiguration(bootstrapServers: "h:1")
    let backoff = Property(name: "retry.backoff.ms", value: "20")
    #expect(!configuration.properties(for: .producer).contains(backoff))
    configuration.producer.transactionalID = "t"
    #expect(configuration.properties(for: .producer).contains(backoff))
    configuration.extra["retry.backoff.ms"] = "50"
    #expect(configuration.properties(for: .producer).last?.value == "50", "what is set by hand wins")
  }

  @Test func propertiesThatOnlyNewerLibrariesKnowAreNamed() throws {
    guard !LibraryVersion.isAtLeast(2, 2, 0) else { return }
    for name in ["group.protocol", "fetch.queue.backoff.ms", "retry.backoff.max.ms"] {
      var configuration = KafkaConfiguration(bootstrapServers: "h:1")
      configuration.extra[name] = "1"
      let error = #expect(throws: KafkaError.self) { try configuration.validate() }
      #expect(error?.message.hasPrefix(name) == true)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aTopicThatIsCreatedAfterSubscribingIsRead(broker: TestKafka.Broker) async throws {
    let topic = uniqueName("later")
    let consumer = try await KafkaConsumer(
      configuration: broker.configuration(group: uniqueName()) {
        $0.extra = ["topic.metadata.refresh.interval.ms": "300", "topic.metadata.refresh.fast.interval.ms": "100"]
      })
    try await consumer.subscribe(to: [topic])
    let first = try #require(try await consumer.nextBatch())
    #expect(first.errors.contains { $0.code == .unknownTopicOrPartition })
    let admin = try await TestKafka.admin(broker)
    try await admin.createTopic(NewTopic(topic, partitions: 1))
    try await broker.fill(topic, ["x"])
    while let batch = try await consumer.nextBatch() {
      guard batch.isEmpty else {
        #expect(batch[0].valueText == "x")
        break
      }
    }
    await consumer.close()
    _ = try await admin.deleteTopics([topic])
  }

  @Test(arguments: TestKafka.brokers)
  func committedOffsetsOfAnOpenTransactionAreWaitedFor(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let group = uniqueName()
      let place = TopicPartition(topic, 0)
      let producer = try await KafkaProducer(
        configuration: broker.configuration { $0.producer.transactionalID = uniqueName("tx") })
      try await producer.initTransactions()
      try await producer.beginTransaction()
      try await producer.sendOffsets(
        [PartitionOffset(place, 3, metadata: "m")], group: ConsumerGroupMetadata(groupID: group))
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: group))
      let early = await #expect(throws: KafkaError.self) {
        _ = try await consumer.committed([place], deadline: .seconds(1))
      }
      #expect(
        [.timedOut, .unstableOffsetCommit, .deadlineExceeded].contains(early?.code ?? .fatal),
        "\(early?.description ?? "")")
      try await producer.commitTransaction()
      #expect(try await consumer.committed([place]) == [PartitionOffset(place, 3, metadata: "m")])
      await producer.close()
      await consumer.close()
    }
  }

  @Test func sendingOffsetsKeepsItsDeadlineAndTheNextTransactionWorks() async throws {
    try await EmbeddedBroker.withBroker { broker in
      var configuration = KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
      configuration.logger.level = .critical
      let admin = try KafkaAdmin(configuration: configuration)
      try await admin.createTopic(NewTopic("t", partitions: 1))
      configuration.producer.transactionalID = "tx"
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.initTransactions()
      try await producer.beginTransaction()
      // TxnOffsetCommit: the answer comes after the deadline.
      broker.fail(EmbeddedBroker.API(rawValue: 28), with: .delay(.seconds(8)), count: 1)
      let start = ContinuousClock.now
      let error = await #expect(throws: KafkaError.self) {
        try await producer.sendOffsets(
          [PartitionOffset(TopicPartition("t", 0), 1)], group: ConsumerGroupMetadata(groupID: "g"),
          deadline: .milliseconds(300))
      }
      #expect(ContinuousClock.now - start < .seconds(7))
      #expect(error?.recovery == .abortTransaction)
      // Behind the call that hangs, on the same thread: waits for it.
      try await producer.abortTransaction(deadline: .seconds(20))
      try await producer.beginTransaction()
      try await producer.sendOffsets(
        [PartitionOffset(TopicPartition("t", 0), 2)], group: ConsumerGroupMetadata(groupID: "g"))
      try await producer.commitTransaction()
      await producer.close()
      #expect(try await admin.committedOffsets(of: "g").map(\.offset) == [2])
      await admin.close()
    }
  }

  @Test func aBrokerThatIsStillLoadingIsLoggedAtDebug() {
    final class Lines: LogHandler {
      let all = Mutex<[LogRecord]>([])
      func log(_ record: LogRecord) { all.withLock { $0.append(record) } }
    }
    let lines = Lines()
    var configuration = KafkaConfiguration(bootstrapServers: "h:1")
    configuration.logger = Logger(label: "test", level: .trace, handler: lines)
    let context = ClientContext(configuration, role: .producer)
    context.log(level: 3, facility: "GETPID", text: "Failed to acquire PID: Coordinator load in progress: retrying")
    context.log(level: 3, facility: "FAIL", text: "something else")
    context.log(level: 7, facility: "X", text: "detail")
    #expect(lines.all.withLock { $0.map(\.level) } == [.debug, .error, .debug])
  }

  @Test(arguments: TestKafka.brokers)
  func aStaticMemberComesBackWithoutARebalanceOfItsOwn(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      let group = uniqueName()
      var ids: [String?] = []
      for _ in 0..<2 {
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: group) { $0.consumer.groupInstanceID = "one" })
        try await consumer.subscribe(to: [topic])
        let reading = Task { for try await _ in consumer.batches {} }
        try await eventually { try await consumer.assignment().count == 2 }
        ids.append(consumer.memberID)
        await consumer.close()
        try await reading.value
        // It has not left.
        let admin = try await TestKafka.admin(broker)
        #expect(try await admin.describeGroups([group])[0].members.map(\.instanceID) == ["one"])
      }
      #expect(ids.allSatisfy { $0 != nil })
    }
  }
}
