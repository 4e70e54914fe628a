import FoundationEssentials
import Glibc
import HeadraceKafka
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

/// The brokers that suites run against: the embedded one, and a real Kafka where `HEADRACE_TEST_KAFKA` names one.
///
/// `HEADRACE_TEST_BROKERS` narrows them: `embedded` or `kafka`.
enum TestKafka {
  /// A broker to test with.
  struct Broker: Sendable, CustomTestStringConvertible {
    var kind: String
    /// `nil`: the embedded broker of this process, started at the first use.
    var bootstrapServers: String?
    var isEmbedded: Bool { bootstrapServers == nil }
    var testDescription: String { kind }
  }

  static let brokers: [Broker] = {
    let wanted = environment("HEADRACE_TEST_BROKERS") ?? "embedded,kafka"
    var brokers: [Broker] = []
    if wanted.contains("embedded") { brokers.append(Broker(kind: "embedded", bootstrapServers: nil)) }
    if wanted.contains("kafka"), let servers = environment("HEADRACE_TEST_KAFKA"), !servers.isEmpty {
      brokers.append(Broker(kind: "Apache Kafka", bootstrapServers: servers))
    }
    return brokers
  }()

  /// Only a real Kafka: for what the embedded broker doesn't do.
  static var realBrokers: [Broker] { brokers.filter { $0.bootstrapServers != nil } }

  static let absent: Comment = "HEADRACE_TEST_KAFKA names no broker"

  /// How many times longer tests may take than on a machine of their own: for sanitizers.
  static let patience = max(1, Int(environment("HEADRACE_TEST_PATIENCE") ?? "") ?? 1)

  static func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  /// One embedded broker and one admin client a broker, for all suites of the process.
  static let embedded = Shared<EmbeddedBroker> { try await EmbeddedBroker.start() }
  private static let embeddedAdmin = Shared<KafkaAdmin> { try await makeAdmin(embedded.value().bootstrapServers) }
  private static let realAdmin = Shared<KafkaAdmin> { try await makeAdmin(environment("HEADRACE_TEST_KAFKA") ?? "") }

  private static func makeAdmin(_ servers: String) async throws -> KafkaAdmin {
    try KafkaAdmin(configuration: KafkaConfiguration(bootstrapServers: servers))
  }

  static func admin(_ broker: Broker) async throws -> KafkaAdmin {
    try await broker.isEmbedded ? embeddedAdmin.value() : realAdmin.value()
  }
}

/// Made once, by whoever asks first.
actor Shared<Value: Sendable> {
  private let make: @Sendable () async throws -> Value
  private var task: Task<Value, any Error>?

  init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

  func value() async throws -> Value {
    let task = task ?? Task { [make] in try await make() }
    self.task = task
    return try await task.value
  }
}

extension TestKafka.Broker {
  /// A configuration that reports nothing below errors.
  func configuration(
    _ preset: KafkaConfiguration.Preset = .balanced, group: String? = nil,
    _ change: (inout KafkaConfiguration) -> Void = { _ in }
  ) async throws -> KafkaConfiguration {
    let servers =
      if let bootstrapServers { bootstrapServers } else { try await TestKafka.embedded.value().bootstrapServers }
    var configuration = KafkaConfiguration(bootstrapServers: servers, preset: preset)
    configuration.consumer.groupID = group
    configuration.consumer.sessionTimeout = .seconds(10)
    configuration.logger.level = .error
    if let debug = TestKafka.environment("HEADRACE_TEST_KAFKA_DEBUG") {
      configuration.debugContexts = debug.split(separator: ",").map(String.init)
      configuration.logger.level = .trace
    }
    change(&configuration)
    return configuration
  }

  /// Runs `body` with a topic of its own, which is deleted afterwards, also on a throw.
  nonisolated(nonsending) func withTopic<Result>(
    partitions: Int = 1, configs: [String: String] = [:],
    _ body: nonisolated(nonsending) (String) async throws -> Result
  ) async throws -> Result {
    let name = "t-" + UUID().uuidString.lowercased()
    let admin = try await TestKafka.admin(self)
    // Records with old timestamps stay: a real Kafka looks for them every few minutes.
    let configs = ["retention.ms": "-1"].merging(configs) { $1 }
    try await admin.createTopic(NewTopic(name, partitions: partitions, configs: configs))
    do {
      let result = try await body(name)
      _ = try? await admin.deleteTopics([name])
      return result
    } catch {
      _ = try? await admin.deleteTopics([name])
      throw error
    }
  }

  /// Writes values to one topic, in order.
  func fill(_ topic: String, _ values: [String], partition: Int32? = nil) async throws {
    try await withKafkaProducer(configuration(.latency)) { producer in
      for value in values {
        try await producer.enqueue(ProducerRecord(topic: topic, partition: partition, key: nil, value: value))
      }
    }
  }

  /// Reads `count` records of a topic from its beginning by assignment.
  func read(
    _ topic: String, _ count: Int, partitions: Int32 = 1, isolation: KafkaConfiguration.Isolation = .readCommitted
  ) async throws -> [OwnedRecord] {
    let consumer = try await KafkaConsumer(configuration: configuration { $0.consumer.isolation = isolation })
    try await consumer.assign((0..<partitions).map { PartitionStart(TopicPartition(topic, $0), .beginning) })
    var records: [OwnedRecord] = []
    if count > 0 {
      for try await record in consumer.records {
        records.append(record.detached())
        if records.count >= count { break }
      }
    }
    await consumer.close()
    return records
  }
}

/// A name nobody else uses.
func uniqueName(_ prefix: String = "g") -> String { prefix + "-" + UUID().uuidString.lowercased() }

/// Waits until `condition` holds, polling every 10 ms.
func eventually(
  within limit: Duration = .seconds(20), _ what: String = "the condition",
  _ condition: @Sendable () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let limit = limit * TestKafka.patience
  let end = ContinuousClock.now + limit
  while ContinuousClock.now < end {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  Issue.record("\(what) did not come true within \(limit)", sourceLocation: sourceLocation)
}
