public import FoundationEssentials
public import HeadraceCore

/// A record of an input topic as it was read: bytes, headers, and where it stands in the log.
///
/// The bytes are copies of their own: a record may be kept for as long as its call takes without holding the
/// client's fetch buffers.
public struct RawRecord: Sendable, Hashable {
  /// Where the record stands: topic, partition, offset.
  public var coordinate: RecordCoordinate
  /// The record's key; nil where it has none.
  public var key: [UInt8]?
  /// The record's value; nil is a tombstone.
  public var value: [UInt8]?
  /// The record's headers in their order; names may repeat.
  public var headers: [RecordHeader]
  /// Milliseconds since 1970 as the log has them; -1 where the record carries no time.
  public var timestampMilliseconds: Int64

  /// Makes a record, for tests and for bridges.
  public init(
    coordinate: RecordCoordinate, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [],
    timestampMilliseconds: Int64 = -1
  ) {
    self.coordinate = coordinate
    self.key = key
    self.value = value
    self.headers = headers
    self.timestampMilliseconds = timestampMilliseconds
  }

  /// The record's time; 1970 where it carries none.
  public var timestamp: Date { Date(timeIntervalSince1970: Double(max(0, timestampMilliseconds)) / 1000) }

  /// True for a null value: the deletion of its key.
  public var isTombstone: Bool { value == nil }

  /// The key as text; nil where there is none or it is not UTF-8.
  public var keyText: String? { key.flatMap { String(validating: $0, as: UTF8.self) } }

  /// The last value of the header with that name as text; nil where it is absent or null.
  public func header(_ name: String) -> String? {
    headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Bytes of key, value and headers: what the budgets count.
  public var byteCount: Int {
    var count = (key?.count ?? 0) + (value?.count ?? 0)
    for header in headers { count += header.name.utf8.count + (header.value?.count ?? 0) }
    return count
  }
}
