/// CRC-32C (Castagnoli), by table: for the few hundred bytes of a commit's metadata.
enum Checksum {
  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
    return value
  }

  /// The checksum of bytes, going on from that of bytes before them.
  static func crc32c(_ bytes: [UInt8], seed: UInt32 = 0) -> UInt32 {
    var sum = ~seed
    for byte in bytes { sum = sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    return ~sum
  }
}
