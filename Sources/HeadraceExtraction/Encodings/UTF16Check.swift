/// Tells UTF-16 without a byte order mark from everything else, and its byte order.
///
/// Looked at are the first 64 KiB, in both orders: surrogates must pair, at most 1 % may be controls, unassigned or
/// private, and the order whose text has the more of what every text has (spaces, digits, common letters and marks)
/// wins if that is at least 2 % and five times the other's. Where neither does, as in Thai, which has no spaces, the order wins
/// in which two thirds are letters of one alphabet.
package enum UTF16Check {
  /// The two byte orders, by their iconv names.
  package enum Order: String, Sendable {
    case littleEndian = "UTF-16LE"
    case bigEndian = "UTF-16BE"
  }

  /// The order that `bytes` are UTF-16 in; nil when they are not.
  package static func order(of bytes: [UInt8]) -> Order? {
    let head = bytes.prefix(64 << 10)
    guard head.count >= 4 else { return nil }
    let isWhole = head.count == bytes.count
    let little = score(head, isWhole: isWhole) { UInt16($0) | UInt16($1) << 8 }
    let big = score(head, isWhole: isWhole) { UInt16($0) << 8 | UInt16($1) }
    switch (little, big) {
    case (nil, nil): return nil
    case (let little?, nil): if little >= 0.02 { return .littleEndian }
    case (nil, let big?): if big >= 0.02 { return .bigEndian }
    case (let little?, let big?):
      if little >= 0.02, little >= 5 * big { return .littleEndian }
      if big >= 0.02, big >= 5 * little { return .bigEndian }
    }
    if little != nil, isOneAlphabet(head, high: 1) { return .littleEndian }
    if big != nil, isOneAlphabet(head, high: 0) { return .bigEndian }
    return nil
  }

  /// Whether two thirds of at least sixteen units share the high byte of an alphabet between Greek and Khmer.
  private static func isOneAlphabet(_ bytes: ArraySlice<UInt8>, high: Int) -> Bool {
    var counts = [Int](repeating: 0, count: 256)
    let units = bytes.count / 2
    for unit in 0..<units { counts[Int(bytes[bytes.startIndex + 2 * unit + high])] += 1 }
    guard units >= 16, let most = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return false }
    return (0x03...0x18).contains(most) && counts[most] * 3 >= units * 2
  }

  /// The share of everyday characters; nil when it is no text in this order.
  private static func score(
    _ bytes: ArraySlice<UInt8>, isWhole: Bool, unit: (UInt8, UInt8) -> UInt16
  ) -> Double? {
    var units = 0
    var suspicious = 0
    var everyday = 0
    var pendingHigh: UInt16?
    var index = bytes.startIndex
    while index + 1 < bytes.endIndex {
      let value = unit(bytes[index], bytes[index + 1])
      index += 2
      units += 1
      if let high = pendingHigh {
        guard value & 0xfc00 == 0xdc00 else { return nil }
        pendingHigh = nil
        let scalar = 0x10000 + (UInt32(high & 0x3ff) << 10) + UInt32(value & 0x3ff)
        if isSuspicious(scalar) { suspicious += 1 }
        continue
      }
      if value & 0xfc00 == 0xd800 {
        pendingHigh = value
      } else if value & 0xfc00 == 0xdc00 {
        return nil
      } else if isEveryday(value) {
        everyday += 1
      } else if isSuspicious(UInt32(value)) {
        suspicious += 1
      }
    }
    // A pair cut in two at the end of the look is fine.
    guard pendingHigh == nil || !isWhole || units > 1, units > 0 else { return nil }
    guard suspicious * 100 <= units else { return nil }
    return Double(everyday) / Double(units)
  }

  private static func isEveryday(_ unit: UInt16) -> Bool {
    switch unit {
    case 0x20, 0x0a, 0x0d, 0x30...0x39: true
    // , . : ( ) - and e a i o n r s t
    case 0x2c, 0x2e, 0x3a, 0x28, 0x29, 0x2d: true
    case 0x65, 0x61, 0x69, 0x6f, 0x6e, 0x72, 0x73, 0x74: true
    // 、 。 ，
    case 0x3001, 0x3002, 0xff0c: true
    default: false
    }
  }

  private static func isSuspicious(_ value: UInt32) -> Bool {
    switch value {
    case 0x09, 0x0a, 0x0c, 0x0d, 0xfeff: return false
    case 0x21..<0x7f, 0xa0..<0x370, 0x3041..<0x3097, 0x30a1..<0x30fb, 0x4e00..<0x9fa6, 0xac00..<0xd7a4: return false
    default:
      guard let scalar = Unicode.Scalar(value) else { return true }
      switch scalar.properties.generalCategory {
      case .control, .unassigned, .privateUse, .surrogate: return true
      default: return false
      }
    }
  }
}
