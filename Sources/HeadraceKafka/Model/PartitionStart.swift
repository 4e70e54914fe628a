/// A partition and where to start reading it: for assignments, for ``KafkaConsumer/seek(_:deadline:)`` and as the answer of
/// ``RebalanceDelegate/assigned(_:by:)``.
public struct PartitionStart: Sendable, Hashable {
  /// The partition.
  public var topicPartition: TopicPartition
  /// Where to start.
  public var start: StartOffset

  /// Names a partition and its start.
  public init(_ topicPartition: TopicPartition, _ start: StartOffset = .stored) {
    self.topicPartition = topicPartition
    self.start = start
  }
}
