public import HeadraceCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A record on its way to Kafka.
public struct ProducerRecord: Sendable {
  /// The topic's name.
  public var topic: String
  /// The partition; `nil` leaves it to the partitioner.
  public var partition: Int32?
  /// The key; `nil` for none (an empty key is a key).
  public var key: [UInt8]?
  /// The value; `nil` is a tombstone, which deletes the key in a compacted topic.
  public var value: [UInt8]?
  /// Headers, in order; a name may repeat and a value may be null.
  public var headers: [RecordHeader]
  /// The create time; `nil` for now. Kafka keeps milliseconds.
  public var timestamp: Date?

  /// A record.
  public init(
    topic: String, partition: Int32? = nil, key: [UInt8]? = nil, value: [UInt8]?, headers: [RecordHeader] = [],
    timestamp: Date? = nil
  ) {
    self.topic = topic
    self.partition = partition
    self.key = key
    self.value = value
    self.headers = headers
    self.timestamp = timestamp
  }

  /// A record with text as key and value, in UTF-8.
  public init(
    topic: String, partition: Int32? = nil, key: String?, value: String?, headers: [RecordHeader] = [],
    timestamp: Date? = nil
  ) {
    self.init(
      topic: topic, partition: partition, key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) },
      headers: headers, timestamp: timestamp)
  }

  var timestampMilliseconds: Int64 {
    guard let timestamp else { return 0 }
    return Int64((timestamp.timeIntervalSince1970 * 1000).rounded(.down))
  }
}
