public import HeadraceCore
public import HeadraceTelemetry

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// One record of a ``KafkaBatch``, which it keeps alive: two words, no copy.
///
/// `@unchecked Sendable`: it only reads what the batch promises not to change.
@safe public struct ConsumerRecord: @unchecked Sendable {
  @usableFromInline let batch: KafkaBatch
  @usableFromInline let message: UnsafePointer<FetchedMessage>

  @inlinable init(batch: KafkaBatch, message: UnsafePointer<FetchedMessage>) {
    self.batch = batch
    unsafe self.message = message
  }

  /// The topic's name.
  @inlinable public var topic: String { unsafe batch.topicName(message) }
  /// The partition's number.
  @inlinable public var partition: Int32 { unsafe message.pointee.partition }
  /// The offset. Offsets have gaps: transaction markers and compaction.
  @inlinable public var offset: Int64 { unsafe message.pointee.offset }
  /// The partition.
  public var topicPartition: TopicPartition { TopicPartition(topic, partition) }
  /// The place as Core names it.
  public var coordinate: RecordCoordinate { RecordCoordinate(topic: topic, partition: partition, offset: offset) }

  /// What to commit when this record and all before it in its partition are done.
  public var nextOffset: PartitionOffset { PartitionOffset(topicPartition, offset + 1) }

  /// Whether the value is null: a tombstone.
  @inlinable public var valueIsNull: Bool { unsafe message.pointee.value == nil }
  /// Whether there is no key.
  @inlinable public var keyIsNull: Bool { unsafe message.pointee.key == nil }
  /// Bytes of the value; 0 for null.
  @inlinable public var valueCount: Int { unsafe message.pointee.valueCount }
  /// Bytes of the key; 0 for none.
  @inlinable public var keyCount: Int { unsafe message.pointee.keyCount }

  /// Lends the value's bytes, `nil` for null; valid inside `body` only.
  @inlinable public func withValueBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(batch) {} }
    return try unsafe body(KafkaBatch.bytes(message.pointee.value, message.pointee.valueCount))
  }

  /// Lends the key's bytes, `nil` for none; valid inside `body` only.
  @inlinable public func withKeyBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(batch) {} }
    return try unsafe body(KafkaBatch.bytes(message.pointee.key, message.pointee.keyCount))
  }

  /// A copy of the value; `nil` for null.
  public var value: [UInt8]? { unsafe withValueBytes { unsafe $0.map { unsafe [UInt8]($0) } } }
  /// A copy of the key; `nil` for none.
  public var key: [UInt8]? { unsafe withKeyBytes { unsafe $0.map { unsafe [UInt8]($0) } } }
  /// The key as text, when it is UTF-8.
  public var keyText: String? { key.flatMap { String(validating: $0, as: UTF8.self) } }
  /// The value as text, when it is UTF-8.
  public var valueText: String? { value.flatMap { String(validating: $0, as: UTF8.self) } }

  /// What ``timestamp`` means.
  public enum TimestampType: Sendable, Hashable {
    /// The producer's clock, or what it said.
    case createTime
    /// The broker's clock when it wrote the record.
    case logAppendTime
  }

  /// Milliseconds since 1970; `nil` where the record has none.
  public var timestampMilliseconds: Int64? { timestampAndType?.0 }
  /// Whose time it is; `nil` where there is none.
  public var timestampType: TimestampType? { timestampAndType?.1 }
  /// The record's time.
  public var timestamp: Date? {
    timestampMilliseconds.map { Date(timeIntervalSince1970: Double($0) / 1000) }
  }

  /// The value of the last header of that name; `nil` where there is none or it is null.
  public func header(_ name: String) -> [UInt8]? { headers.last { $0.name == name }?.value }

  /// The W3C trace context that the producer put into the header `traceparent` (or, in a CloudEvent, `ce_traceparent`).
  public var traceContext: TraceContext? {
    let headers = headers
    return (headers[text: "traceparent"] ?? headers[text: "ce_traceparent"]).flatMap { TraceContext(traceparent: $0) }
  }

  /// The record as a CloudEvent in Kafka's binary mode.
  ///
  /// - Throws: `CloudEvent.KafkaBindingError`, which names what is missing.
  public func cloudEvent() throws(CloudEvent.KafkaBindingError) -> CloudEvent {
    try CloudEvent(kafkaHeaders: headers, value: value)
  }

  /// A copy that owns its bytes and lets the batch go.
  public func detached() -> OwnedRecord {
    OwnedRecord(
      topic: topic, partition: partition, offset: offset, timestampMilliseconds: timestampMilliseconds,
      timestampType: timestampType, key: key, value: value, headers: headers)
  }
}

extension KafkaBatch {
  @inlinable static func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> UnsafeRawBufferPointer? {
    unsafe start == nil ? nil : UnsafeRawBufferPointer(start: start, count: count)
  }
}
