import CSystem
import Testing

@testable import HeadraceBroker

@Suite("CRC-32C")
struct ChecksumTests {
  @Test
  func `known answers`() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(CRC32C.checksum([]) == 0)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
  }

  @Test
  func `instruction and tables agree at every length and in pieces`() {
    var random = SeededGenerator(seed: 1)
    let bytes = (0..<70_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    for length in [0, 1, 7, 8, 9, 63, 4096, 12_287, 12_288, 12_289, 24_576, 40_001, 70_000] {
      let part = Array(bytes[..<length])
      let expected = part.withUnsafeBytes { headrace_crc32c_portable(0, $0.baseAddress, length) }
      #expect(CRC32C.checksum(part) == expected)
      let cut = length / 3
      #expect(CRC32C.checksum(Array(part[cut...]), seed: CRC32C.checksum(Array(part[..<cut]))) == expected)
    }
  }
}
