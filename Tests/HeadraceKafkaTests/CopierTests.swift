import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceKafka
import HeadraceTelemetry
import Testing

/// A process that copies one topic into another in transactions, and is killed over and over.
@Suite("A copier that is killed", .timeLimit(.minutes(3 * TestKafka.patience)))
struct CopierTests {
  static let records = 400
  static let kills = 20

  /// Copies until everything is there, or kills its own process after `limit` records, at a stage that differs from time to time.
  static func copy(
    _ servers: String, input: String, output: String, limit: Int?, stage: Int
  ) async throws {
    var configuration = KafkaConfiguration(bootstrapServers: servers, preset: .latency)
    configuration.logger.level = .critical
    configuration.producer.transactionalID = "copier-\(input)"
    configuration.consumer.groupID = "copier-\(input)"
    configuration.consumer.batchRecords = 10
    let producer = try KafkaProducer(configuration: configuration)
    // Fences and aborts what the one before left.
    try await producer.initTransactions()
    let place = TopicPartition(input, 0)
    let consumer = try KafkaConsumer(configuration: configuration)
    let done = try await consumer.committed([place])[0].offset
    try await consumer.assign([PartitionStart(place, .at(max(0, done)))])
    let group = ConsumerGroupMetadata(groupID: "copier-\(input)")
    var copied = Int(max(0, done))
    let stop = limit.map { copied + $0 } ?? .max
    while copied < records, let batch = try await consumer.nextBatch() {
      if batch.isEmpty { continue }
      let dies = copied + batch.count >= stop
      try await producer.beginTransaction()
      for record in batch {
        try await producer.enqueue(ProducerRecord(topic: output, key: record.key, value: record.value))
      }
      if dies, stage == 0 { die() }
      try await producer.sendOffsets(batch.nextOffsets, group: group)
      if dies, stage == 1 { die() }
      if dies, stage == 2 {
        Task {
          try? await Task.sleep(for: .microseconds(300))
          die()
        }
      }
      try await producer.commitTransaction()
      copied += batch.count
      if dies { die() }
    }
    await consumer.close()
    await producer.close()
  }

  static func die() { kill(getpid(), SIGKILL) }

  @Test(arguments: TestKafka.brokers)
  func G02_eachRecordIsThereOnceAfterTwentyKills(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { input in
      try await broker.withTopic { output in
        try await broker.fill(input, (0..<Self.records).map(String.init))
        let servers = try await broker.configuration().bootstrapServers.joined(separator: ",")
        for round in 0..<Self.kills {
          await #expect(processExitsWith: .signal(SIGKILL)) {
            [servers = servers as String, input = input as String, output = output as String, round = round as Int] in
            try await CopierTests.copy(
              servers, input: input, output: output, limit: 11 + round % 7, stage: round % 4)
          }
        }
        try await Self.copy(servers, input: input, output: output, limit: nil, stage: 0)
        let values = try await broker.read(output, Self.records).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        #expect(values == (0..<Self.records).map(String.init))
        let place = TopicPartition(output, 0)
        let admin = try await TestKafka.admin(broker)
        let end = try await #require(admin.watermarks(of: [place])[place]).high
        // Nothing more comes behind them.
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration { $0.consumer.reportsPartitionEnd = true })
        try await consumer.assign([PartitionStart(place, .beginning)])
        var seen = 0
        reading: while let batch = try await consumer.nextBatch() {
          seen += batch.count
          for reached in batch.partitionEnds where reached.offset >= end { break reading }
        }
        #expect(seen == Self.records)
        await consumer.close()
      }
    }
  }
}
