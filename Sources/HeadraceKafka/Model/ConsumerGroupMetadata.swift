internal import CRdkafka

/// Who a consumer is in its group right now: group, generation and member. Sent with offsets in a transaction, it lets the broker
/// refuse a member that has lost its partitions (KIP-447).
///
/// Take it from ``KafkaConsumer/groupMetadata()`` for every transaction, at the moment of sending.
///
/// `@unchecked Sendable`: the object behind the pointer is never changed and lives as long as this one.
@safe public final class ConsumerGroupMetadata: @unchecked Sendable {
  let pointer: OpaquePointer

  init(consuming pointer: OpaquePointer) { unsafe self.pointer = pointer }

  /// The metadata of a group without member: for offsets of partitions that were assigned by hand.
  public convenience init(groupID: String) {
    unsafe self.init(consuming: rd_kafka_consumer_group_metadata_new(groupID))
  }

  deinit { unsafe rd_kafka_consumer_group_metadata_destroy(pointer) }
}
