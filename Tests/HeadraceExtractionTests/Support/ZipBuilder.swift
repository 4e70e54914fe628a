/// Makes zip files for tests, well-formed or just a little wrong.
struct ZipBuilder {
  struct Part {
    var name: String
    var bytes: [UInt8]
    var method: UInt16 = 0
    var size: Int
    var crc: UInt32
    var flags: UInt16 = 0
  }

  private var parts: [Part] = []

  /// A part as it is.
  mutating func add(_ name: String, _ bytes: [UInt8], flags: UInt16 = 0) {
    parts.append(Part(name: name, bytes: bytes, size: bytes.count, crc: Self.crc(bytes), flags: flags))
  }

  mutating func add(_ name: String, _ text: String) { add(name, Array(text.utf8)) }

  /// A part that inflates to `prefix`, then `count` times `byte`, then `suffix`: a bomb of a few bytes.
  mutating func addBomb(_ name: String, prefix: String, byte: UInt8, count: Int, suffix: String) {
    let packed = Deflate.run(prefix: Array(prefix.utf8), byte: byte, count: count, suffix: Array(suffix.utf8))
    parts.append(Part(name: name, bytes: packed, method: 8, size: 1, crc: 0))
  }

  /// The file; names are written as they were given.
  func file(prefix: [UInt8] = []) -> [UInt8] {
    var file = prefix
    var directory: [UInt8] = []
    for part in parts {
      let offset = file.count - prefix.count
      let common =
        Self.u16(20) + Self.u16(part.flags) + Self.u16(part.method) + Self.u32(0) + Self.u32(part.crc)
        + Self.u32(UInt32(part.bytes.count)) + Self.u32(UInt32(part.size)) + Self.u16(UInt16(part.name.utf8.count))
        + Self.u16(0)
      file += Self.u32(0x0403_4b50) + common + Array(part.name.utf8) + part.bytes
      directory += Self.u32(0x0201_4b50) + Self.u16(20) + common + Self.u16(0) + Self.u16(0) + Self.u16(0)
      directory += Self.u32(0) + Self.u32(UInt32(offset)) + Array(part.name.utf8)
    }
    let start = file.count - prefix.count
    file += directory
    file += Self.u32(0x0605_4b50) + Self.u16(0) + Self.u16(0)
    file += Self.u16(UInt16(truncatingIfNeeded: parts.count)) + Self.u16(UInt16(truncatingIfNeeded: parts.count))
    return file + Self.u32(UInt32(directory.count)) + Self.u32(UInt32(start)) + Self.u16(0)
  }

  static func u16(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xff), UInt8(value >> 8)] }
  static func u32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
  }

  static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xff)] ^ $0 >> 8 }
  }
}

/// Writes deflate streams by hand: what compresses a thousand times over.
enum Deflate {
  static func run(prefix: [UInt8], byte: UInt8, count: Int, suffix: [UInt8]) -> [UInt8] {
    var bits = Bits()
    bits.put(1, 1)
    bits.put(1, 2)
    for literal in prefix { bits.literal(literal) }
    bits.literal(byte)
    for _ in 0..<(count / 258) {
      // Length 258 is code 285: eight bits, then the distance 1, five.
      bits.putReversed(0b1100_0101, 8)
      bits.putReversed(0, 5)
    }
    for literal in suffix { bits.literal(literal) }
    bits.putReversed(0, 7)
    return bits.bytes
  }

  private struct Bits {
    var bytes: [UInt8] = []
    private var used = 0

    mutating func put(_ value: Int, _ count: Int) {
      for place in 0..<count {
        if used % 8 == 0 { bytes.append(0) }
        if value >> place & 1 == 1 { bytes[bytes.count - 1] |= 1 << UInt8(used % 8) }
        used += 1
      }
    }

    /// Huffman codes go highest bit first.
    mutating func putReversed(_ code: Int, _ count: Int) {
      for place in stride(from: count - 1, through: 0, by: -1) { put(code >> place & 1, 1) }
    }

    mutating func literal(_ byte: UInt8) {
      if byte < 144 { putReversed(0x30 + Int(byte), 8) } else { putReversed(0x190 + Int(byte) - 144, 9) }
    }
  }
}
