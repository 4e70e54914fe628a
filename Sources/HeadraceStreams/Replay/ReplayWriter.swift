internal import HeadraceCore
internal import HeadraceKafka

/// Writes a promotion in transactions that also say how far it is.
final class ReplayWriter: Sendable {
  let group: String
  private let producer: KafkaProducer

  init(kafka: KafkaConfiguration, name: String) throws {
    group = name
    var configuration = kafka
    configuration.producer.transactionalID = name
    configuration.producer.idempotent = true
    producer = try KafkaProducer(configuration: configuration)
  }

  func begin() async throws { try await producer.initTransactions(deadline: .seconds(30)) }

  /// Writes in one transaction; returns one past the last offset written in each partition.
  @discardableResult
  func write(_ outputs: [Output], _ positions: [TopicPartition: Int64]) async throws -> [TopicPartition: Int64] {
    try await producer.beginTransaction()
    do {
      var ends: [TopicPartition: Int64] = [:]
      for result in try await producer.send(contentsOf: outputs.map(ProducerRecord.init)) {
        let delivery = try result.get()
        let place = TopicPartition(delivery.topic, delivery.partition)
        ends[place] = max(ends[place] ?? 0, delivery.offset + 1)
      }
      if !positions.isEmpty {
        try await producer.sendOffsets(
          positions.map { PartitionOffset($0.key, $0.value) }, group: ConsumerGroupMetadata(groupID: group),
          deadline: .seconds(30))
      }
      try await producer.commitTransaction(deadline: .seconds(60))
      return ends
    } catch {
      try? await producer.abortTransaction(deadline: .seconds(10))
      throw error
    }
  }

  func close() async { _ = await producer.close(deadline: .seconds(10)) }
  func abort() async { _ = await producer.close(deadline: .seconds(2)) }
}
