public import HeadraceCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A record of a ``Topic``: key and value are decoded when they are asked for, anew each time.
public struct TypedRecord<Key: Sendable, Value: Sendable>: Sendable {
  /// The record as it came.
  public let record: ConsumerRecord
  private let topic: Topic<Key, Value>

  init(record: ConsumerRecord, topic: Topic<Key, Value>) {
    self.record = record
    self.topic = topic
  }

  /// Where it is.
  public var coordinate: RecordCoordinate { record.coordinate }
  /// Its partition.
  public var topicPartition: TopicPartition { record.topicPartition }
  /// What to commit when it and all before it in its partition are done.
  public var nextOffset: PartitionOffset { record.nextOffset }
  /// Its headers, in order; parsed at every call.
  public var headers: [RecordHeader] { record.headers }
  /// Its time.
  public var timestamp: Date? { record.timestamp }

  /// The key.
  ///
  /// - Throws: ``RecordDecodingError``, which names topic, partition and offset.
  public func key() throws(RecordDecodingError) -> Key {
    try decode(topic.key, record.key, .key)
  }

  /// The value.
  ///
  /// - Throws: ``RecordDecodingError``, which names topic, partition and offset.
  public func value() throws(RecordDecodingError) -> Value {
    try decode(topic.value, record.value, .value)
  }

  private func decode<Part: Sendable>(
    _ codec: Codec<Part>, _ bytes: [UInt8]?, _ part: RecordDecodingError.Part
  ) throws(RecordDecodingError) -> Part {
    do { return try codec.decode(bytes, record.headers) } catch {
      throw RecordDecodingError(coordinate: record.coordinate, part: part, underlying: error)
    }
  }
}

extension ConsumerRecord {
  /// The record with the types of its topic.
  public func decoded<Key: Sendable, Value: Sendable>(as topic: Topic<Key, Value>) -> TypedRecord<Key, Value> {
    TypedRecord(record: self, topic: topic)
  }
}

extension KafkaConsumer {
  /// All records of this consumer, whatever their topic, with the types of `topic`: subscribe to that one, or to several of one kind.
  ///
  /// A record that can't be decoded says so in its ``TypedRecord/key()`` or ``TypedRecord/value()``; the stream goes on.
  public func records<Key: Sendable, Value: Sendable>(
    of topic: Topic<Key, Value>
  ) -> AsyncMapSequence<KafkaRecords, TypedRecord<Key, Value>> {
    records.map { TypedRecord(record: $0, topic: topic) }
  }
}
