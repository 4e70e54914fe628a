import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceLLM
import HeadraceTelemetry

/// Budgets outlive a restart: what was spent is folded from the bill in the log before the first call.
enum SpendRestoration {
  /// Reads the topic of calls from its start to its end as of now, when there are budgets to keep.
  static func run(_ llm: LLMClient, topic: String, kafka: KafkaConfiguration) async throws {
    guard !llm.configuration.budgets.isEmpty else { return }
    let admin = try KafkaAdmin(configuration: kafka)
    let partitions = try await admin.describeTopics([topic]).flatMap { description in
      description.partitions.map { TopicPartition(topic, $0.id) }
    }
    let marks = try await admin.watermarks(of: partitions)
    await admin.close()
    var open = Set(partitions.filter { (marks[$0]?.low ?? 0) < (marks[$0]?.high ?? 0) })
    guard !open.isEmpty else { return }
    var configuration = kafka
    configuration.consumer.groupID = nil
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.assign(open.map { PartitionStart($0, .beginning) })
    var events = 0
    var unreadable = 0
    for try await batch in consumer.batches {
      for record in batch {
        guard let value = record.value, let time = record.timestamp,
          let event = try? JSONDecoder().decode(CallUsageEvent.self, from: Data(value))
        else {
          unreadable += 1
          continue
        }
        llm.restoreSpend(event, at: time)
        events += 1
      }
      for end in batch.partitionEnds { open.remove(end.topicPartition) }
      if open.isEmpty { break }
    }
    _ = await consumer.close(deadline: .seconds(5))
    Logger(label: "headrace.platform").info(
      "budgets know what was spent", ["calls": "\(events)", "unreadable": "\(unreadable)"])
  }
}
