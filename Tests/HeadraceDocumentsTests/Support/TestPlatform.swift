import FoundationEssentials
import HeadraceCore
import HeadraceExtraction
import HeadraceKafka
import HeadraceLLM
import HeadraceStreams
import HeadraceTesting

@testable import HeadraceDocuments

/// A log with the platform's topics, a scripted model, and a folder: what services of a test share.
struct TestPlatform: Sendable {
  let broker: EmbeddedBroker
  let model: ScriptedModel
  let folder: TemporaryFolder

  var kafka: KafkaConfiguration {
    KafkaConfiguration(bootstrapServers: broker.bootstrapServers, preset: .latency)
  }

  var blobs: FolderBlobStore { FolderBlobStore(folder: folder.path + "/blobs") }

  /// Makes broker, model and topics, and removes them, also when `body` throws.
  static func with(
    partitions: Int32 = 4, model: ScriptedModelConfiguration = ScriptedModelConfiguration(),
    _ body: @escaping @Sendable (TestPlatform) async throws -> Void
  ) async throws {
    let broker = try await EmbeddedBroker.start()
    do {
      try await withScriptedModel(model) { model in
        let platform = TestPlatform(broker: broker, model: model, folder: try TemporaryFolder())
        try await platform.createTopics(partitions: partitions)
        try await body(platform)
      }
    } catch {
      await broker.remove()
      throw error
    }
    await broker.remove()
  }

  func createTopics(partitions: Int32) async throws {
    let admin = try KafkaAdmin(configuration: kafka)
    let topics = PlatformTopics.all(partitions: partitions).map {
      NewTopic($0.name, partitions: Int($0.partitions), configs: $0.configuration)
    }
    let failures = try await admin.createTopics(topics)
    await admin.close()
    if let failure = failures.first { throw failure.value }
  }

  /// A gateway's service with a view of its own.
  func documents(_ name: String = "a", blobs: (any BlobStore)? = nil) -> DocumentService {
    DocumentService(
      configuration: DocumentServiceConfiguration(kafka: kafka, viewPath: "\(folder.path)/view-\(name).sqlite"),
      blobs: blobs ?? self.blobs)
  }

  func enricher(
    slots: Int = 4, adjust: (inout ProcessorConfiguration) -> Void = { _ in },
    configure: (inout EnricherConfiguration) -> Void = { _ in }
  ) throws -> DocumentEnricher {
    var configuration = EnricherConfiguration(
      kafka: KafkaConfiguration(
        bootstrapServers: broker.bootstrapServers, preset: .processor))
    configuration.slots = slots
    configure(&configuration)
    let llm = try LLMClient(configuration: LLMConfiguration(environment: model.environment))
    return DocumentEnricher(
      configuration: configuration, model: llm, usage: NoUsageSink(), blobs: blobs, extractor: Extractor()
    ) {
      $0.commitInterval = .milliseconds(20)
      adjust(&$0)
    }
  }

  /// Runs services while `body` runs; afterwards they are shut down.
  func running<Result: Sendable>(
    _ services: any Service..., body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    var configuration = ServiceGroup.Configuration()
    configuration.signals = []
    configuration.shutdownBudget = .seconds(10)
    let group = ServiceGroup(services, configuration: configuration)
    return try await withThrowingTaskGroup(of: Result?.self) { tasks in
      tasks.addTask {
        try await group.run()
        return nil
      }
      tasks.addTask { try await body() }
      var result: Result?
      while let next = try await tasks.next() {
        if let next {
          result = next
          group.triggerGracefulShutdown()
        } else if result == nil {
          throw TestProcess.Failed(description: "the services ended before the test")
        }
      }
      guard let result else { throw CancellationError() }
      return result
    }
  }

  /// Every record that a `read_committed` reader finds in a topic.
  func records(of topic: String) async throws -> [OwnedRecord] {
    var configuration = kafka
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: configuration)
    let admin = try KafkaAdmin(configuration: kafka)
    let description = try await admin.describeTopics([topic])[0]
    await admin.close()
    let partitions = description.partitions.map { TopicPartition(topic, $0.id) }
    try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
    var (open, records) = (Set(partitions), [OwnedRecord]())
    while !open.isEmpty, let batch = try await consumer.nextBatch() {
      records += batch.map { $0.detached() }
      open.subtract(batch.partitionEnds.map(\.topicPartition))
    }
    await consumer.close()
    return records
  }
}

/// Bytes as an upload's body.
struct Body: AsyncSequence, Sendable {
  typealias Element = [UInt8]
  var pieces: [[UInt8]]

  init(_ text: String) { pieces = [Array(text.utf8)] }
  init(_ bytes: [UInt8], pieceBytes: Int = 10_000) {
    pieces = stride(from: 0, to: bytes.count, by: pieceBytes).map {
      Array(bytes[$0..<Swift.min($0 + pieceBytes, bytes.count)])
    }
  }

  func makeAsyncIterator() -> AsyncStream<[UInt8]>.Iterator {
    AsyncStream { continuation in
      for piece in pieces { continuation.yield(piece) }
      continuation.finish()
    }.makeAsyncIterator()
  }
}
