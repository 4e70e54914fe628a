public import HeadraceCore

/// A record to write: as a result of a handler it joins the transaction of the record it was made from.
public struct Output: Sendable, Hashable {
  /// The topic to write to; it must exist.
  public var topic: String
  /// Partition, or nil to choose by key as Kafka's own clients do (murmur2).
  public var partition: Int32?
  /// Key; nil for none.
  public var key: [UInt8]?
  /// Value; nil writes a tombstone.
  public var value: [UInt8]?
  /// Headers in their order.
  public var headers: [RecordHeader]
  /// Milliseconds since 1970, or nil for the time of writing.
  public var timestampMilliseconds: Int64?

  /// Makes an output of bytes.
  public init(
    topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [],
    timestampMilliseconds: Int64? = nil
  ) {
    self.topic = topic
    self.partition = partition
    self.key = key
    self.value = value
    self.headers = headers
    self.timestampMilliseconds = timestampMilliseconds
  }

  /// Makes an output of a CloudEvent in Kafka's binary mode.
  public init(topic: String, key: [UInt8]?, event: CloudEvent) {
    self.init(topic: topic, key: key, value: event.data, headers: event.kafkaHeaders)
  }

  /// Bytes of key, value and headers.
  public var byteCount: Int {
    var count = (key?.count ?? 0) + (value?.count ?? 0)
    for header in headers { count += header.name.utf8.count + (header.value?.count ?? 0) }
    return count
  }
}
