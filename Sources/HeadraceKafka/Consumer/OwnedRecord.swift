public import HeadraceCore

/// A record that owns its bytes: may be kept for as long as one likes.
public struct OwnedRecord: Sendable, Hashable {
  /// The topic's name.
  public var topic: String
  /// The partition's number.
  public var partition: Int32
  /// The offset.
  public var offset: Int64
  /// Milliseconds since 1970; `nil` where the record has none.
  public var timestampMilliseconds: Int64?
  /// Whose time it is.
  public var timestampType: ConsumerRecord.TimestampType?
  /// The key; `nil` for none.
  public var key: [UInt8]?
  /// The value; `nil` for a tombstone.
  public var value: [UInt8]?
  /// The headers, in order.
  public var headers: [RecordHeader]

  /// A record, for tests mostly.
  public init(
    topic: String, partition: Int32, offset: Int64, timestampMilliseconds: Int64? = nil,
    timestampType: ConsumerRecord.TimestampType? = .createTime, key: [UInt8]? = nil, value: [UInt8]?,
    headers: [RecordHeader] = []
  ) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
    self.timestampMilliseconds = timestampMilliseconds
    self.timestampType = timestampType
    self.key = key
    self.value = value
    self.headers = headers
  }

  /// The place as Core names it.
  public var coordinate: RecordCoordinate { RecordCoordinate(topic: topic, partition: partition, offset: offset) }
  /// The partition.
  public var topicPartition: TopicPartition { TopicPartition(topic, partition) }
}
