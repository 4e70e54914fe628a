public import HeadraceCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension KafkaProducer {
  /// Writes a value and waits for its acknowledgement.
  ///
  /// - Throws: what the codec throws; ``KafkaError`` as ``send(_:)-(ProducerRecord)``.
  @discardableResult
  nonisolated(nonsending) public func send<Key: Sendable, Value: Sendable>(
    _ value: Value, key: Key, to topic: Topic<Key, Value>, headers: [RecordHeader] = [], partition: Int32? = nil,
    timestamp: Date? = nil
  ) async throws -> Delivery {
    try await send(
      topic.record(value, key: key, headers: headers, partition: partition, timestamp: timestamp))
  }

  /// Puts a value into the queue, waiting for room if need be.
  ///
  /// - Throws: what the codec throws; ``KafkaError`` as ``enqueue(_:)``.
  nonisolated(nonsending) public func enqueue<Key: Sendable, Value: Sendable>(
    _ value: Value, key: Key, to topic: Topic<Key, Value>, headers: [RecordHeader] = [], partition: Int32? = nil,
    timestamp: Date? = nil
  ) async throws {
    try await enqueue(topic.record(value, key: key, headers: headers, partition: partition, timestamp: timestamp))
  }

  /// Writes a value without key and waits for its acknowledgement.
  ///
  /// - Throws: as ``send(_:key:to:headers:partition:timestamp:)``.
  @discardableResult
  nonisolated(nonsending) public func send<Value: Sendable>(
    _ value: Value, to topic: Topic<Void, Value>, headers: [RecordHeader] = [], partition: Int32? = nil,
    timestamp: Date? = nil
  ) async throws -> Delivery {
    try await send(value, key: (), to: topic, headers: headers, partition: partition, timestamp: timestamp)
  }

  /// Puts a value without key into the queue, waiting for room if need be.
  ///
  /// - Throws: as ``enqueue(_:key:to:headers:partition:timestamp:)``.
  nonisolated(nonsending) public func enqueue<Value: Sendable>(
    _ value: Value, to topic: Topic<Void, Value>, headers: [RecordHeader] = [], partition: Int32? = nil,
    timestamp: Date? = nil
  ) async throws {
    try await enqueue(value, key: (), to: topic, headers: headers, partition: partition, timestamp: timestamp)
  }

  /// Writes a CloudEvent in binary mode and waits for its acknowledgement. The key is the event's subject unless another is
  /// given; the record's time is the event's.
  @discardableResult
  nonisolated(nonsending) public func send(
    event: CloudEvent, key: [UInt8]? = nil, to topic: String, partition: Int32? = nil
  ) async throws(KafkaError) -> Delivery {
    try await send(ProducerRecord(event: event, key: key, topic: topic, partition: partition))
  }
}

extension KafkaTransaction {
  /// Puts a value into the transaction; see ``enqueue(_:)``.
  ///
  /// - Throws: what the codec throws; ``KafkaError``.
  nonisolated(nonsending) public func enqueue<Key: Sendable, Value: Sendable>(
    _ value: Value, key: Key, to topic: Topic<Key, Value>, headers: [RecordHeader] = [], partition: Int32? = nil,
    timestamp: Date? = nil
  ) async throws {
    try await enqueue(topic.record(value, key: key, headers: headers, partition: partition, timestamp: timestamp))
  }

  /// Puts a value into the transaction and waits until the broker has it; see ``send(_:)``.
  ///
  /// - Throws: what the codec throws; ``KafkaError``.
  @discardableResult
  nonisolated(nonsending) public func send<Key: Sendable, Value: Sendable>(
    _ value: Value, key: Key, to topic: Topic<Key, Value>, headers: [RecordHeader] = [], partition: Int32? = nil,
    timestamp: Date? = nil
  ) async throws -> Delivery {
    try await send(topic.record(value, key: key, headers: headers, partition: partition, timestamp: timestamp))
  }
}

extension ProducerRecord {
  /// A CloudEvent in binary mode. The key is the event's subject unless another is given; the record's time is the event's.
  public init(event: CloudEvent, key: [UInt8]? = nil, topic: String, partition: Int32? = nil) {
    self.init(
      topic: topic, partition: partition, key: key ?? event.subject.map { Array($0.utf8) }, value: event.data,
      headers: event.kafkaHeaders, timestamp: event.time)
  }
}

extension Topic {
  /// The record for a key and a value.
  public func record(
    _ value: Value, key: Key, headers: [RecordHeader] = [], partition: Int32? = nil, timestamp: Date? = nil
  ) throws -> ProducerRecord {
    var headers = headers
    let keyBytes = try self.key.encode(key, &headers)
    let valueBytes = try self.value.encode(value, &headers)
    return ProducerRecord(
      topic: name, partition: partition, key: keyBytes, value: valueBytes, headers: headers, timestamp: timestamp)
  }
}
