internal import FoundationEssentials
public import HeadraceCore

/// What a processor does with one record: decode, handle, and what to say when the record must be given up.
///
/// The runtime calls `handle` for up to `slots` records at a time, for one record of a key at a time, in offset order.
/// What `handle` returns becomes visible to `read_committed` readers together with the record's acknowledgement, or
/// not at all. It may run again for the same record (a crash, a retry): what costs money goes through
/// `context.result(for:perform:)`, which pays once.
///
/// ```swift
/// struct Shout: Processor {
///   func handle(_ record: InputRecord<[UInt8]?>, context: ProcessorContext) async throws -> Outputs {
///     let text = String(decoding: record.value ?? [], as: UTF8.self).uppercased()
///     return [Output(topic: "shouts", key: record.key, value: Array(text.utf8))]
///   }
/// }
/// ```
public protocol Processor<Value>: Sendable {
  /// The decoded value: `[UInt8]?` (as it is), `CloudEvent`, or any `Decodable` (JSON) come with a decoder.
  associatedtype Value: Sendable

  /// Whether the record is for this processor, from its key and headers alone; called before decoding, on the thread
  /// that reads. False acknowledges the record without handling it. The default takes every record.
  func accepts(_ record: RawRecord) -> Bool

  /// Makes the value of a record. An error that is no `ClassifiedError` counts as content: the record is a dead letter
  /// at once.
  func decode(_ record: RawRecord) throws -> Value

  /// Handles one record and returns what to write. Throw a `ClassifiedError` to say what kind of failure it is; any
  /// other error counts as a bug (bounded attempts, then a dead letter).
  func handle(_ record: InputRecord<Value>, context: ProcessorContext) async throws -> Outputs

  /// Called when the record has been given up: its outputs (such as a failed event) are written in the same
  /// transaction as the dead letter. An error thrown here is logged, and the dead letter goes alone.
  func deadLettered(
    _ record: RawRecord, failure: ProcessingFailure, context: ProcessorContext
  ) async throws -> Outputs
}

extension Processor {
  /// Takes every record.
  public func accepts(_ record: RawRecord) -> Bool { true }

  /// Writes nothing beside the dead letter.
  public func deadLettered(
    _ record: RawRecord, failure: ProcessingFailure, context: ProcessorContext
  ) async throws -> Outputs { [] }
}

extension Processor where Value == [UInt8]? {
  /// The value as it is.
  public func decode(_ record: RawRecord) throws -> [UInt8]? { record.value }
}

extension Processor where Value == RawRecord {
  /// The record as it is.
  public func decode(_ record: RawRecord) throws -> RawRecord { record }
}

extension Processor where Value == CloudEvent {
  /// A CloudEvent in Kafka's binary mode.
  public func decode(_ record: RawRecord) throws -> CloudEvent {
    try CloudEvent(kafkaHeaders: record.headers, value: record.value)
  }
}

extension Processor where Value: Decodable {
  /// JSON.
  public func decode(_ record: RawRecord) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(record.value ?? []))
  }
}
