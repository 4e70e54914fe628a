internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

/// Writes records back, in transactions that also remember which dead letters they were.
final class RedriveWriter {
  private static let recordsPerTransaction = 500
  private let producer: KafkaProducer
  private let group: ConsumerGroupMetadata
  private var written = 0

  init(kafka: KafkaConfiguration, group: String, topic: String) throws {
    var configuration = kafka
    // One redrive of a topic at a time: a second one fences the first.
    configuration.producer.transactionalID = "headrace.redrive.\(topic)"
    configuration.producer.idempotent = true
    producer = try KafkaProducer(configuration: configuration)
    self.group = ConsumerGroupMetadata(groupID: group)
  }

  func begin() async throws {
    try await producer.initTransactions(deadline: .seconds(30))
    try await producer.beginTransaction()
  }

  func write(_ output: Output, _ ledgers: [TopicPartition: Ledger]) async throws {
    try await producer.enqueue(ProducerRecord(output))
    written += 1
    if written % Self.recordsPerTransaction == 0 {
      try await commit(ledgers)
      try await producer.beginTransaction()
    }
  }

  func finish(_ ledgers: [TopicPartition: Ledger]) async throws {
    try await commit(ledgers)
    _ = await producer.close(deadline: .seconds(10))
  }

  func abort() async {
    try? await producer.abortTransaction(deadline: .seconds(10))
    _ = await producer.close(deadline: .seconds(10))
  }

  private func commit(_ ledgers: [TopicPartition: Ledger]) async throws {
    let nonce = UInt64.random(in: .min ... .max)
    try await producer.sendOffsets(
      ledgers.map { PartitionOffset($0.key, $0.value.base, metadata: AckMetadata.encode($0.value, nonce: nonce)) },
      group: group, deadline: .seconds(30))
    try await producer.commitTransaction(deadline: .seconds(30))
  }
}
