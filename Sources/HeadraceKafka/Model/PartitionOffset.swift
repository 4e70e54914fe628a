/// A place in a partition with the metadata that is committed beside it.
///
/// In commits the offset is that of the **next** record to read: one more than the last record that is done.
public struct PartitionOffset: Sendable, Hashable, CustomStringConvertible {
  /// What a broker answers where nothing is committed.
  public static let none: Int64 = -1

  /// The partition.
  public var topicPartition: TopicPartition
  /// The offset; ``none`` in an answer means that there is nothing.
  public var offset: Int64
  /// At most 4,096 ASCII characters (the broker's `offset.metadata.max.bytes`), kept with a committed offset.
  public var metadata: String?
  /// What went wrong with this partition in an answer about several; `nil` when nothing did.
  public var error: KafkaError?

  /// Names a place.
  public init(_ topicPartition: TopicPartition, _ offset: Int64, metadata: String? = nil, error: KafkaError? = nil) {
    self.topicPartition = topicPartition
    self.offset = offset
    self.metadata = metadata
    self.error = error
  }

  /// The topic's name.
  public var topic: String { topicPartition.topic }
  /// The partition's number.
  public var partition: Int32 { topicPartition.partition }
  /// Whether there is an offset at all.
  public var isPresent: Bool { offset >= 0 }

  /// `topic/partition/offset`.
  public var description: String { "\(topicPartition)/\(offset)" }
}
