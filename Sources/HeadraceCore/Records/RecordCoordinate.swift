/// Where a record is: topic, partition and offset name it for good within a cluster.
public struct RecordCoordinate: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
  /// The topic's name.
  public var topic: String
  /// The partition, from 0.
  public var partition: Int32
  /// The offset, from 0.
  public var offset: Int64

  /// Makes a coordinate.
  public init(topic: String, partition: Int32, offset: Int64) {
    self.topic = topic
    self.partition = partition
    self.offset = offset
  }

  /// Reads `topic/partition/offset`; topics hold no slash.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), partition >= 0,
      let offset = Int64(parts[2]), offset >= 0
    else { return nil }
    self.init(topic: String(parts[0]), partition: partition, offset: offset)
  }

  /// `topic/partition/offset`.
  public var description: String { "\(topic)/\(partition)/\(offset)" }

  /// Orders by topic, partition, offset.
  public static func < (left: RecordCoordinate, right: RecordCoordinate) -> Bool {
    (left.topic, left.partition, left.offset) < (right.topic, right.partition, right.offset)
  }
}
