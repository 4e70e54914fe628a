/// Percent escapes of targets.
package enum PercentEncoding {
  /// Decodes once; `nil` for a broken escape, a NUL, or a result that is no UTF-8.
  static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool = false) -> String? {
    guard bytes.contains(where: { $0 == ASCII.percent || (plusIsSpace && $0 == ASCII.plus) }) else {
      return String(validating: bytes, as: UTF8.self)
    }
    return decodedBytes(bytes, plusIsSpace: plusIsSpace).flatMap { String(validating: $0, as: UTF8.self) }
  }

  private static func decodedBytes(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> [UInt8]? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == ASCII.percent {
        guard
          index + 2 < bytes.endIndex, let high = bytes[index + 1].hexValue, let low = bytes[index + 2].hexValue,
          high | low != 0
        else { return nil }
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(plusIsSpace && byte == ASCII.plus ? ASCII.space : byte)
        index += 1
      }
    }
    return decoded
  }

  /// Decodes a text once; `nil` for a broken escape, a NUL, or a result that is no UTF-8.
  package static func decode(_ text: String) -> String? { decode(Array(text.utf8)[...]) }

  /// Decodes escaped ISO-8859-1; `nil` for a broken escape or a NUL.
  package static func decodeLatin1(_ text: String) -> String? {
    decodedBytes(Array(text.utf8)[...], plusIsSpace: false)
      .map { String(String.UnicodeScalarView($0.map { Unicode.Scalar($0) })) }
  }

  /// Escapes everything but unreserved characters: fit for one path segment or one query value.
  package static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
      default: encoded += [ASCII.percent, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
