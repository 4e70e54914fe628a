public import FoundationEssentials
public import HeadraceCore

/// A record as a handler sees it: its decoded value beside key, headers, time and coordinate.
public struct InputRecord<Value: Sendable>: Sendable {
  /// The decoded value.
  public let value: Value
  /// The record as it was read.
  public let raw: RawRecord

  /// Joins a decoded value and the record it came from.
  public init(value: Value, raw: RawRecord) {
    self.value = value
    self.raw = raw
  }

  /// The record's key; nil where it has none.
  public var key: [UInt8]? { raw.key }
  /// The key as text; nil where there is none or it is not UTF-8.
  public var keyText: String? { raw.keyText }
  /// The record's headers in their order.
  public var headers: [RecordHeader] { raw.headers }
  /// The record's time in the log.
  public var timestamp: Date { raw.timestamp }
  /// Topic, partition and offset.
  public var coordinate: RecordCoordinate { raw.coordinate }
  /// The last value of the header with that name as text.
  public func header(_ name: String) -> String? { raw.header(name) }
}
