/// A record of a ``Topic``: key and value are decoded when they are asked for, anew each time.
public struct TypedRecord<Key: Sendable, Value: Sendable>: Sendable {
  /// The record as it came.
  public let record: ConsumerRecord
  private let topic: Topic<Key, Value>

  init(record: ConsumerRecord, topic: Topic<Key, Value>) {
    self.record = record
    self.topic = topic
  }

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
  /// All records with the types of their topic. A record that can't be decoded says so in its ``TypedRecord/key()`` or
  /// ``TypedRecord/value()``; the stream goes on.
  public func records<Key: Sendable, Value: Sendable>(
    of topic: Topic<Key, Value>
  ) -> AsyncMapSequence<KafkaRecords, TypedRecord<Key, Value>> {
    records.map { TypedRecord(record: $0, topic: topic) }
  }
}
