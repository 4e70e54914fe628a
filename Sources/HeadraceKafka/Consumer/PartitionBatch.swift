/// Records of one partition, in order; see ``KafkaConsumer/partitions``.
public struct PartitionBatch: Sendable {
  /// The partition.
  public let topicPartition: TopicPartition
  /// The records; at least one. They hold librdkafka's memory, as ``KafkaBatch`` does.
  public let records: [ConsumerRecord]

  /// The number of records.
  public var count: Int { records.count }

  /// What to commit when all of them are done.
  public var nextOffset: PartitionOffset {
    PartitionOffset(topicPartition, (records.last?.offset ?? -1) + 1)
  }
}

extension PartitionBatch: Sequence {
  /// Walks over the records.
  public func makeIterator() -> IndexingIterator<[ConsumerRecord]> { records.makeIterator() }
}
