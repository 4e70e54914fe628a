// Made by ops/generators/kafka-snippets from the documentation of HeadraceKafka: change it there.
// swift-format-ignore-file
import HeadraceCore
import HeadraceKafka
import HeadraceTelemetry
import HeadraceTesting

/// Every example of the documentation: it compiles. Nothing calls it. What the examples speak of and don't show is in
/// SnippetSurroundings.swift.
enum DocumentationSnippets {
  // HeadraceKafka.md, example 1
  static func headraceKafka1() async throws {
    struct Greeting: Codable, Sendable { var text: String }

    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    configuration.consumer.groupID = "greeter"

    let greetings = Topic("greetings", key: .string, value: .json(Greeting.self))

    let admin = try KafkaAdmin(configuration: configuration)
    try await admin.createTopic(NewTopic(greetings.name))           // one that is there already is no error
    await admin.close()

    try await withKafkaProducer(configuration) { producer in
      try await producer.send(Greeting(text: "hello"), key: "ada", to: greetings)
    }

    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.subscribe(to: [greetings.name])
    for try await record in consumer.records(of: greetings) {
      let greeting = try record.value()
      print(record.coordinate, greeting.text)
      try await consumer.commit([record.nextOffset])
      break
    }
    await consumer.close()
  }

  // Operating.md, example 1
  static func operating1() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    struct SwiftLogHandler: HeadraceTelemetry.LogHandler {
      let log: Logging.Logger
      func log(_ record: LogRecord) {
        log.log(level: .init(rawValue: record.level.rawValue) ?? .info, "\(record.message)",
                metadata: record.metadata.mapValues { .string($0) })
      }
    }
    configuration.logger = Logger(label: "kafka", level: .info, handler: SwiftLogHandler(log: .init(label: "kafka")))
  }

  // Operating.md, example 2
  static func operating2() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    configuration.statisticsInterval = .seconds(5)
    configuration.onStatistics = { statistics in
      Metrics.Gauge(label: "kafka.queue.records").record(statistics.records)
      for partition in statistics.partitions where partition.lag >= 0 {
        Metrics.Gauge(label: "kafka.lag", dimensions: [("partition", "\(partition.topicPartition)")]).record(partition.lag)
      }
    }
  }

  // Reading.md, example 1
  static func reading1() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    configuration.consumer.groupID = "greeter"
    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.subscribe(to: ["greetings", "^more-.*"])
    try await consumer.run { batch in
      for record in batch { print(record.coordinate, record.keyText ?? "-", record.valueText ?? "-") }
      try await consumer.commit(batch)
    }
  }

  // Reading.md, example 2
  static func reading2() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    struct CommitsWhenRevoked: RebalanceDelegate {
      func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
        do {
          try await consumer.commit(try await consumer.positions(partitions).filter(\.isPresent))
        } catch { print("what was not committed is read again:", error) }
      }
    }
    configuration.consumer.groupID = "greeter"
    let consumer = try KafkaConsumer(configuration: configuration, rebalance: CommitsWhenRevoked())
    try await consumer.subscribe(to: ["greetings"])
  }

  // Testing.md, example 1
  static func testing1() async throws {
    try await EmbeddedBroker.withBroker { broker in
      try await broker.withTopic(partitions: 2) { topic in
        try await withKafkaProducer(broker.configuration(.latency)) { producer in
          try await producer.send(ProducerRecord(topic: topic, key: "ada", value: "hello"))
        }
        var values: [String?] = []
        try await TopicScan(broker.configuration()).read(topics: [topic]) { record in
          values.append(record.valueText)
          return true
        }
        assert(values == ["hello"])
      }
    }
  }

  // Testing.md, example 2
  static func testing2() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let producer = try KafkaProducer(configuration: broker.configuration())
      try await broker.withTopic { topic in
        broker.fail(.produce, with: .dropAfter)                     // written, and the answer is lost
        try await producer.send(ProducerRecord(topic: topic, key: nil, value: "once"))
        await broker.kill()                                         // as kill -9 would
        try await broker.start()
        try await producer.send(ProducerRecord(topic: topic, key: nil, value: "after"))
      }
      await producer.close()
    }
  }

  // Testing.md, example 3
  static func testing3() async throws {
    let clock = ManualClock()
    let reminder = Task { try await clock.sleep(for: .seconds(3_600)) }
    await clock.sleepers(atLeast: 1)
    clock.advance(by: .seconds(3_600))
    try await reminder.value
  }

  // Transactions.md, example 1
  static func transactions1() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    let consumer = try KafkaConsumer(configuration: configuration)
    configuration.producer.transactionalID = "billing-1"        // one running producer an id
    let producer = try KafkaProducer(configuration: configuration)

    for try await batch in consumer.batches where !batch.isEmpty {
      do {
        try await producer.withTransaction { transaction in
          for record in batch {
            try await transaction.enqueue(ProducerRecord(topic: "bills", key: record.key, value: bill(record)))
          }
          try await transaction.sendOffsets(batch.nextOffsets, group: consumer.groupMetadata())
        }
      } catch let error as KafkaError where error.recovery == .retry || error.recovery == .abortTransaction {
        // Aborted: read the batch once more, or its records would be passed over.
        try await consumer.seek(batch.starts)
      }
    }
  }

  // Writing.md, example 1
  static func writing1() async throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    try await withKafkaProducer(configuration) { producer in
      // Waits for room, not for the broker.
      try await producer.enqueue(ProducerRecord(topic: "greetings", key: "ada", value: "hello"))
      // Waits for the broker, and knows where the record is.
      let delivery = try await producer.send(ProducerRecord(topic: "greetings", key: "ada", value: "hello again"))
      print(delivery.coordinate)
      // A result for each, in order.
      let records = (0..<1_000).map { ProducerRecord(topic: "greetings", key: nil, value: "number \($0)") }
      for result in try await producer.send(contentsOf: records) {
        if case .failure(let error) = result { print(error, error.recovery) }
      }
    }
  }

  // Writing.md, example 2
  static func writing2() async throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    let producer = try KafkaProducer(configuration: configuration)
    struct Reading: Sendable { var celsius: Double }
    let readings = Topic(
      "readings",
      key: .string,
      value: Codec(
        encode: { (reading: Reading) in Array("\(reading.celsius)".utf8) },
        decode: { Reading(celsius: Double(String(decoding: $0, as: UTF8.self)) ?? .nan) }
      ).optional())
    try await producer.send(Reading(celsius: 21.5), key: "kitchen", to: readings)
    try await producer.send(nil, key: "attic", to: readings)                        // a tombstone
    try await producer.send("no key at all", to: Topic("lines", value: .string))
  }

  // KafkaAdmin.swift, example 1
  static func kafkaAdmin1() async throws {
    let admin = try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: "127.0.0.1:9092"))
    try await admin.createTopic(NewTopic("orders", partitions: 8))
    await admin.close()
  }

  // Topic.swift, example 1
  static func topic1() async throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    let producer = try KafkaProducer(configuration: configuration)
    let orders = Topic("orders", key: .string, value: .json(Order.self))
    try await producer.send(order, key: order.customer, to: orders)
  }

  // KafkaConfiguration.swift, example 1
  static func kafkaConfiguration1() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "broker-1:9092,broker-2:9092", preset: .latency)
    configuration.security = .saslTLS(.scramSHA512(username: "orders", password: secret), .init())
    configuration.consumer.groupID = "billing"
  }

  // KafkaConsumer.swift, example 1
  static func kafkaConsumer1() async throws {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    configuration.consumer.groupID = "greeter"
    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.subscribe(to: ["greetings"])
    for try await batch in consumer.batches {
      for record in batch { print(record.coordinate, record.valueText ?? "-") }
      try await consumer.commit(batch)
    }
  }

  // KafkaPartitions.swift, example 1
  static func kafkaPartitions1() async throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    let consumer = try KafkaConsumer(configuration: configuration)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for try await partition in consumer.partitions {
        group.addTask {
          for await batch in partition.batches {
            for record in batch { handle(record) }
            try await consumer.commit([batch.nextOffset])
          }
        }
      }
    }
  }

  // KafkaProducer+Transactions.swift, example 1
  static func kafkaProducerTransactions1() async throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    let consumer = try KafkaConsumer(configuration: configuration)
    let producer = try KafkaProducer(configuration: configuration)
    guard let batch = try await consumer.nextBatch() else { return }
    try await producer.withTransaction { transaction in
      for record in batch { try await transaction.enqueue(transform(record)) }
      try await transaction.sendOffsets(batch.nextOffsets, group: consumer.groupMetadata())
    }
  }

  // KafkaProducer.swift, example 1
  static func kafkaProducer1() async throws {
    try await withKafkaProducer(KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")) { producer in
      let delivery = try await producer.send(ProducerRecord(topic: "greetings", key: "ada", value: "hello"))
      print(delivery.coordinate)                       // greetings/3/17
    }
  }

  // TopicScan.swift, example 1
  static func topicScan1() async throws {
    let configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9092")
    let scan = TopicScan(configuration)
    let everything = try await scan.ranges(of: ["orders"])
    try await scan.read(everything) { record in
      print(record.coordinate)
      return true
    }
  }
}
