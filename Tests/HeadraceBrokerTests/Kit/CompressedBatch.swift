import Glibc
import HeadraceCore

@testable import HeadraceBroker

/// A batch that no code of ours compressed.
enum CompressedBatch {
  /// One record, key null, value "hello", in the gzip codec (stored block, so that the bytes can be read).
  static let gzip: [UInt8] = {
    let record: [UInt8] = [22, 0, 0, 0, 1, 10] + Array("hello".utf8) + [0]
    var body: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]
    body += [UInt8(record.count), 0, ~UInt8(record.count), 0xff] + record
    let crc = crc32(record)
    body += (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) } + [UInt8(record.count), 0, 0, 0]
    var empty = ClientBatch("x")
    empty.attributes = 1
    // Header of an ordinary batch, with these records behind it.
    var tail = WireWriter()
    let now = WallClock.milliseconds()
    tail.put(Int16(1))
    tail.put(Int32(0))
    tail.put(now)
    tail.put(now)
    tail.put(Int64(-1))
    tail.put(Int16(-1))
    tail.put(Int32(-1))
    tail.put(Int32(1))
    let checked = tail.bytes + body
    let sum = checked.withUnsafeBytes { CRC32C.checksum(UnsafeRawBufferPointer($0)) }
    var head = WireWriter()
    head.put(Int64(0))
    head.put(Int32(checked.count + 9))
    head.put(Int32(-1))
    head.put(UInt8(2))
    head.put(sum)
    return head.bytes + checked
  }()

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
