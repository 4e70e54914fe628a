public import HeadraceCore

/// Where a record was written.
public struct Delivery: Sendable, Hashable {
  /// The topic.
  public let topic: String
  /// The partition.
  public let partition: Int32
  /// The offset; −1 where ``KafkaConfiguration/Acks/none`` was asked for.
  public let offset: Int64

  /// Names a place.
  public init(topic: String, partition: Int32, offset: Int64) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
  }

  /// The place as Core names it.
  public var coordinate: RecordCoordinate {
    RecordCoordinate(topic: topic, partition: partition, offset: offset)
  }
}
