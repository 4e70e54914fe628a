/// Hears of partitions coming and going in a consumer group.
///
/// The hooks are called one at a time, on no particular thread, and polling waits for them: at most
/// `consumer.revokeDeadline`, then the group goes on without. Until a hook returns, the partitions are still this member's
/// (except in ``lost(_:by:)``), so a commit in ``revoked(_:by:)`` counts.
///
/// Before ``revoked(_:by:)`` the batches that were handed over are finished: the reader has asked for the next one. A handler
/// that takes longer than the deadline is overtaken. From inside a hook, await anything but the consumer's next batch or
/// its ``KafkaConsumer/close(deadline:)``.
public protocol RebalanceDelegate: Sendable {
  /// Partitions were assigned to this member; reading starts when the hook returns.
  ///
  /// - Returns: where to start, for the partitions that shall not start at their committed offset.
  func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart]

  /// Partitions are about to be given back: the last moment to commit what is done.
  func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async

  /// Partitions were taken away: another member may be reading them already. Don't commit; drop what is under way.
  func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async
}

extension RebalanceDelegate {
  /// Starts at the committed offsets.
  public func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart] { [] }
  /// Does nothing.
  public func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {}
  /// Does nothing.
  public func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {}
}
