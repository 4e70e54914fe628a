import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceTelemetry

@testable import HeadraceStreams

/// A log to test on, with topics of one's own.
struct TestLog: Sendable {
  let bootstrapServers: String
  let prefix = "t" + UUID.version7().lowercased.replacing("-", with: "").suffix(14)

  var kafka: KafkaConfiguration { KafkaConfiguration(bootstrapServers: bootstrapServers, preset: .processor) }

  func name(_ topic: String) -> String { "\(prefix).\(topic)" }

  func withAdmin<Result>(_ body: (KafkaAdmin) async throws -> Result) async throws -> Result {
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      let result = try await body(admin)
      await admin.close()
      return result
    } catch {
      await admin.close()
      throw error
    }
  }

  @discardableResult
  func makeTopic(_ topic: String, partitions: Int = 4, configs: [String: String] = [:]) async throws -> String {
    try await withAdmin {
      _ = try await $0.createTopic(
        NewTopic(name(topic), partitions: partitions, replicationFactor: 1, configs: configs),
        // The pool is busy with schedules of other suites for a minute at times, on a small machine.
        deadline: .seconds(120))
    }
    return name(topic)
  }

  /// Writes records; the key decides the partition.
  func produce(_ topic: String, _ records: [(key: String?, value: String?)]) async throws {
    let producer = try KafkaProducer(configuration: kafka)
    for result in try await producer.send(
      contentsOf: records.map {
        ProducerRecord(topic: topic, key: $0.key.map { Array($0.utf8) }, value: $0.value.map { Array($0.utf8) })
      })
    { _ = try result.get() }
    _ = await producer.close(deadline: .seconds(10))
  }

  /// Everything in a topic that a reader of that isolation sees, in the order of each partition.
  func read(
    _ topic: String, isolation: KafkaConfiguration.Isolation = .readCommitted
  ) async throws -> [OwnedRecord] {
    var configuration = kafka
    configuration.consumer.isolation = isolation
    configuration.consumer.reportsPartitionEnd = true
    configuration.consumer.fetchMaximumWait = .milliseconds(20)
    let partitions = try await withAdmin { try await $0.describeTopics([topic]).first?.partitions.count ?? 0 }
    let consumer = try KafkaConsumer(configuration: configuration)
    var open = Set((0..<Int32(partitions)).map { TopicPartition(topic, $0) })
    try await consumer.assign(open.map { PartitionStart($0, .beginning) })
    var records: [OwnedRecord] = []
    if !open.isEmpty {
      for try await batch in consumer.batches {
        for record in batch { records.append(record.detached()) }
        for end in batch.partitionEnds { open.remove(end.topicPartition) }
        if open.isEmpty { break }
      }
    }
    _ = await consumer.close(deadline: .seconds(5))
    return records
  }

  /// Waits until `condition` holds.
  func wait(
    _ what: String, for limit: Duration = .seconds(60), until condition: () async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
      guard ContinuousClock.now < end else { throw TimedOut(what: what) }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Whether a group has committed everything in its input.
  func isAcknowledged(_ group: String, _ topic: String) async throws -> Bool {
    try await withAdmin { admin in
      let partitions = try await admin.describeTopics([topic]).first?.partitions ?? []
      let places = partitions.map { TopicPartition(topic, $0.id) }
      let ends = try await admin.watermarks(of: places)
      guard let committed = try? await admin.committedOffsets(of: group, partitions: places) else { return false }
      return places.allSatisfy { place in
        let end = ends[place]!.high
        return end == 0 || committed.contains { $0.topicPartition == place && $0.offset >= end }
      }
    }
  }

  struct TimedOut: Error { var what: String }
}

/// A service that runs while a test looks at it.
final class RunningService: Sendable {
  let service: ProcessorService
  private let stopSignal = AsyncSignal()
  private let task: Task<Void, any Error>

  init(_ service: ProcessorService) {
    self.service = service
    task = Task.detached { [stopSignal] in try await service.run(until: stopSignal) }
  }

  /// A graceful stop.
  func stop() async throws {
    stopSignal.raise()
    try await task.value
  }
}
