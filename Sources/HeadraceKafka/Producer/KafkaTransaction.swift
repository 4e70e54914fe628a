/// What can be done inside ``KafkaProducer/withTransaction(deadline:_:)``; valid until its body returns.
public struct KafkaTransaction: Sendable {
  let producer: KafkaProducer

  /// Puts a record into the transaction; the commit waits for its delivery and fails when it is not delivered.
  nonisolated(nonsending) public func enqueue(_ record: ProducerRecord) async throws(KafkaError) {
    try await producer.enqueue(record)
  }

  /// Puts a record into the transaction and waits until the broker has it (invisible to `read_committed` until the commit).
  @discardableResult
  nonisolated(nonsending) public func send(_ record: ProducerRecord) async throws(KafkaError) -> Delivery {
    try await producer.send(record)
  }

  /// Puts records into the transaction and waits for all of them.
  nonisolated(nonsending) public func send(
    contentsOf records: [ProducerRecord]
  ) async throws(KafkaError) -> [Result<Delivery, KafkaError>] {
    try await producer.send(contentsOf: records)
  }

  /// Makes committed offsets part of the transaction; see ``KafkaProducer/sendOffsets(_:group:deadline:)``.
  public func sendOffsets(
    _ offsets: [PartitionOffset], group: ConsumerGroupMetadata, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) {
    try await producer.sendOffsets(offsets, group: group, deadline: deadline)
  }
}
