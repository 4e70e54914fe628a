import Testing

@testable import HeadraceBroker

@Suite("Compression of batches")
struct CompressionTests {
  @Test(arguments: CompressionType.allCases)
  func `what is compressed comes back, within its limit`(type: CompressionType) throws {
    for count in [0, 1, 1000, 300_000] {
      let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
      let packed = try Compression.compress(plain, type)
      #expect(try packed.withView { try Compression.decompress($0, type, limit: count) } == plain)
      if count > 0, type != .none {
        #expect(throws: Compression.Failure.self) {
          try packed.withView { try Compression.decompress($0, type, limit: count - 1) }
        }
      }
    }
  }

  @Test
  func `Java's snappy frames are understood`() throws {
    let blocks = try [Array("hello ".utf8), Array("world".utf8)].map { try Compression.compress($0, .snappy) }
    var framed: [UInt8] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    for block in blocks { framed += [0, 0, 0, UInt8(block.count)] + block }
    #expect(try framed.withView { try Compression.decompress($0, .snappy, limit: 100) } == Array("hello world".utf8))
  }

  @Test(arguments: CompressionType.allCases.dropFirst())
  func `garbage and cut-off bytes are errors`(type: CompressionType) throws {
    var random = SeededGenerator(seed: UInt64(type.rawValue))
    let packed = try Compression.compress((0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }, type)
    for length in [0, 1, 5, packed.count / 2, packed.count - 1] {
      #expect(throws: Compression.Failure.self) {
        try Array(packed[..<length]).withView { try Compression.decompress($0, type, limit: 1 << 20) }
      }
    }
    for _ in 0..<200 {
      var broken = packed
      broken[Int.random(in: broken.indices, using: &random)] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      // Anything but a trap or an endless loop.
      _ = try? broken.withView { try Compression.decompress($0, type, limit: 1 << 20) }
    }
  }
}
