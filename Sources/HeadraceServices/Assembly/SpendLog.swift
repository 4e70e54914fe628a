import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceLLM
import HeadraceTelemetry
import Synchronization

/// What the log says of spend: read once before the first call, so that budgets outlive a restart, and followed from there
/// on, so that a budget counts what the other replicas spend.
final class SpendLog: Service {
  /// The header that says which process wrote an event; its own spend a process knows already.
  static let writerHeader = "headrace-writer"

  private let llm: LLMClient
  private let topic: String
  private let writer: String
  private let kafka: KafkaConfiguration
  private let next = Mutex<[TopicPartition: Int64]>([:])
  private let logger = Logger(label: "headrace.platform")

  /// - Parameter writer: what this process's own events bear in their header.
  init(_ llm: LLMClient, topic: String, writer: String, kafka: KafkaConfiguration) {
    self.llm = llm
    self.topic = topic
    self.writer = writer
    var kafka = kafka
    kafka.consumer.groupID = nil
    kafka.consumer.isolation = .readCommitted
    kafka.consumer.reportsPartitionEnd = true
    self.kafka = kafka
  }

  private var isNeeded: Bool { !llm.configuration.budgets.isEmpty }

  /// Reads the topic from its start to its end as of now, when there are budgets to keep. Before the first call.
  func restore() async throws {
    guard isNeeded else { return }
    let scan = TopicScan(kafka)
    let ranges = try await scan.ranges(of: [topic])
    next.withLock { $0 = ranges.mapValues(\.upperBound) }
    guard !ranges.values.allSatisfy(\.isEmpty) else { return }
    var (events, unreadable) = (0, 0)
    try await scan.read(ranges) { record in
      if take(record) { events += 1 } else { unreadable += 1 }
      return true
    }
    logger.info("budgets know what was spent", ["calls": "\(events)", "unreadable": "\(unreadable)"])
  }

  /// Follows what the others spend until shut down.
  func run() async throws {
    guard isNeeded else { return try await gracefulShutdown() }
    try await cancelOnGracefulShutdown { [self] in
      do { try await follow() } catch is CancellationError {}
    }
  }

  private func follow() async throws {
    let consumer = try KafkaConsumer(configuration: kafka)
    try await consumer.assign(next.withLock { $0.map { PartitionStart($0.key, .at($0.value)) } })
    do {
      for try await batch in consumer.batches {
        for record in batch where !isOwn(record) { _ = take(record) }
        for error in batch.errors { logger.warning("spend of other processes: \(error)") }
      }
    } catch {
      _ = await consumer.close(deadline: .seconds(2))
      throw error
    }
    _ = await consumer.close(deadline: .seconds(2))
  }

  private func isOwn(_ record: ConsumerRecord) -> Bool {
    record.headers.contains { $0.name == Self.writerHeader && $0.value.map { Array($0) } == Array(writer.utf8) }
  }

  /// False: it is no call.
  private func take(_ record: ConsumerRecord) -> Bool {
    guard let value = record.value, let time = record.timestamp,
      let event = try? JSONDecoder().decode(CallUsageEvent.self, from: Data(value))
    else { return false }
    llm.restoreSpend(event, at: time)
    return true
  }
}
