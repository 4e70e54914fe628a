public import FoundationEssentials

extension UUID {
  /// A version 7 UUID (RFC 9562): 48 bits of milliseconds, then chance; sorts by time of making.
  public static func version7(at time: Date = .now) -> UUID {
    let milliseconds = UInt64(max(0, time.milliseconds))
    // Two questions to the kernel, not sixteen.
    let chance = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    var bytes = (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? chance.0 : chance.1) >> UInt64($0 % 8 * 8)) }
    for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> UInt64(40 - 8 * index)) }
    return UUID(stamping: bytes, version: 7)
  }

  /// A version 8 UUID (RFC 9562) of the first 16 bytes of a hash: the same hash always gives the same id.
  public static func version8(_ digest: SHA256.Digest) -> UUID {
    UUID(stamping: Array(digest.bytes.prefix(16)), version: 8)
  }

  private init(stamping source: [UInt8], version: UInt8) {
    var b = source
    b[6] = b[6] & 0x0f | version << 4
    b[8] = b[8] & 0x3f | 0x80
    self.init(
      uuid: (b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]))
  }

  /// Lowercase with hyphens: how ids are written everywhere.
  public var lowercased: String { uuidString.lowercased() }
}
