public import HeadraceCore

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Turns values into the bytes of a record's key or value and back.
///
/// `nil` bytes are Kafka's null. A codec may also write and read headers, as ``Codec/cloudEvent`` does. Make your own with
/// ``init(encode:decode:)``.
public struct Codec<Value: Sendable>: Sendable {
  /// Bytes of a value; may append headers.
  public var encode: @Sendable (_ value: Value, _ headers: inout [RecordHeader]) throws -> [UInt8]?
  /// The value of bytes and headers.
  public var decode: @Sendable (_ bytes: [UInt8]?, _ headers: [RecordHeader]) throws -> Value

  /// A codec that uses headers.
  public init(
    encodeWithHeaders encode: @escaping @Sendable (Value, inout [RecordHeader]) throws -> [UInt8]?,
    decodeWithHeaders decode: @escaping @Sendable ([UInt8]?, [RecordHeader]) throws -> Value
  ) {
    self.encode = encode
    self.decode = decode
  }

  /// A codec for bytes that are never null.
  public init(
    encode: @escaping @Sendable (Value) throws -> [UInt8], decode: @escaping @Sendable ([UInt8]) throws -> Value
  ) {
    self.encode = { value, _ in try encode(value) }
    self.decode = { bytes, _ in
      guard let bytes else { throw CodecError.unexpectedNull }
      return try decode(bytes)
    }
  }

  /// The same codec where null stands for `nil`: for topics with tombstones or records without keys.
  public func optional() -> Codec<Value?> {
    Codec<Value?>(
      encodeWithHeaders: { [encode] value, headers in try value.flatMap { try encode($0, &headers) } },
      decodeWithHeaders: { [decode] bytes, headers in try bytes.map { try decode($0, headers) } })
  }
}

/// Why bytes are not what a codec expects.
public enum CodecError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Null, and the codec is not `optional()`.
  case unexpectedNull
  /// Not UTF-8.
  case notUTF8
  /// The wrong number of bytes.
  case wrongSize(expected: Int, found: Int)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .unexpectedNull: "null where a value was expected"
    case .notUTF8: "not UTF-8"
    case .wrongSize(let expected, let found): "\(found) bytes where \(expected) were expected"
    }
  }
}

extension Codec where Value == [UInt8] {
  /// The bytes as they are.
  public static var bytes: Codec<[UInt8]> { Codec(encode: { $0 }, decode: { $0 }) }
}

extension Codec where Value == String {
  /// UTF-8.
  public static var string: Codec<String> {
    Codec(
      encode: { Array($0.utf8) },
      decode: { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { throw CodecError.notUTF8 }
        return text
      })
  }
}

extension Codec where Value: FixedWidthInteger {
  /// Two's complement, most significant byte first, as Java's serialisers write it.
  public static var bigEndian: Codec<Value> {
    let size = Value.bitWidth / 8
    return Codec(
      encode: { value in
        (0..<size).map { UInt8(truncatingIfNeeded: value >> Value(8 * (size - 1 - $0))) }
      },
      decode: { bytes in
        guard bytes.count == size else { throw CodecError.wrongSize(expected: size, found: bytes.count) }
        return bytes.reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
      })
  }
}

extension Codec where Value == Int32 {
  /// Four bytes, most significant first.
  public static var int32: Codec<Int32> { .bigEndian }
}

extension Codec where Value == Int64 {
  /// Eight bytes, most significant first.
  public static var int64: Codec<Int64> { .bigEndian }
}

extension Codec where Value == Void {
  /// Null both ways: for records without key; see ``Topic/init(_:value:)``.
  public static var none: Codec<Void> {
    Codec(encodeWithHeaders: { _, _ in nil }, decodeWithHeaders: { _, _ in })
  }
}

extension Codec where Value == UUID {
  /// The usual text, in lower case.
  public static var uuid: Codec<UUID> {
    Codec(
      encode: { Array($0.uuidString.lowercased().utf8) },
      decode: { bytes in
        guard let text = String(validating: bytes, as: UTF8.self), let uuid = UUID(uuidString: text) else {
          throw CodecError.notUTF8
        }
        return uuid
      })
  }
}

extension Codec where Value: Codable {
  /// JSON with sorted keys and RFC 3339 dates, to the millisecond. A document of 1 KB costs some 25 µs to decode, 30 times its transport: route by
  /// key and headers first, decode what you need.
  public static func json(_ type: Value.Type = Value.self) -> Codec<Value> {
    Codec(
      encode: { value in
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // `.iso8601` would drop the milliseconds.
        encoder.dateEncodingStrategy = .custom { date, encoder in
          var container = encoder.singleValueContainer()
          try container.encode(date.rfc3339)
        }
        return try [UInt8](encoder.encode(value))
      },
      decode: { bytes in
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(Value.self, from: Data(bytes))
      })
  }
}

extension Codec where Value == CloudEvent {
  /// CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, data as the value.
  public static var cloudEvent: Codec<CloudEvent> {
    Codec(
      encodeWithHeaders: { event, headers in
        headers += event.kafkaHeaders
        return event.data
      },
      decodeWithHeaders: { bytes, headers in try CloudEvent(kafkaHeaders: headers, value: bytes) })
  }
}
