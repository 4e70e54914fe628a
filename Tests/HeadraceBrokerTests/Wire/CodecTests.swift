import Testing

@testable import HeadraceBroker

/// Messages go out and come back the same, in every version.
struct CodecTests {
  @Test(arguments: APIKey.allCases)
  func everyVersionOfEveryAPIRoundTrips(_ key: APIKey) throws {
    for version in key.served {
      for seed in 0..<8 {
        try Sample.visit(key) { api in try Self.roundTrip(api, version: version, seed: UInt64(seed)) }
      }
    }
  }

  private static func roundTrip<API: WireAPI>(_: API.Type, version: Int16, seed: UInt64) throws {
    try roundTrip(API.Request.self, API.key, version, seed)
    try roundTrip(API.Response.self, API.key, version, seed)
  }

  /// Fills a message with what a seed gives, writes it, reads it, writes that: the same bytes.
  private static func roundTrip<Message: WireStruct>(
    _: Message.Type, _ key: APIKey, _ version: Int16, _ seed: UInt64
  ) throws {
    var filler = FillingCoder(version: version, flexible: key.isFlexible(version), seed: seed)
    var message = Message()
    try message.code(&filler)
    var writer = WireWriter(version: version, flexible: key.isFlexible(version))
    try message.code(&writer)
    let bytes = writer.bytes
    try bytes.withUnsafeBytes { buffer in
      var reader = WireReader(buffer, version: version, flexible: key.isFlexible(version))
      var back = Message()
      try back.code(&reader)
      #expect(reader.remaining == 0)
      var again = WireWriter(version: version, flexible: key.isFlexible(version))
      try back.code(&again)
      #expect(again.bytes == bytes, "\(Message.self) version \(version) seed \(seed)")
    }
  }

  @Test func varintsOfEverySize() throws {
    for value in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_456, UInt32.max] {
      var writer = WireWriter()
      writer.unsignedVarint(value)
      let back = try writer.bytes.withUnsafeBytes { buffer in
        var reader = WireReader(buffer)
        return try reader.unsignedVarint()
      }
      #expect(back == value)
    }
  }

  @Test func aVarintThatNeverEndsIsRefused() {
    [UInt8](repeating: 0xff, count: 10).withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      #expect(throws: WireError.self) { try reader.unsignedVarint() }
    }
  }

  @Test func integersAreOverwrittenInPlace() {
    var writer = WireWriter()
    writer.put(Int32(0))
    writer.put(UInt8(7))
    writer.set(Int32(0x0102_0304), at: 0)
    #expect(writer.bytes == [1, 2, 3, 4, 7])
  }

  @Test func whatIsSplicedCountsAndIsNotThere() throws {
    var writer = WireWriter()
    var records = RecordBytes.spliced(1_000)
    try records.code(&writer)
    #expect(writer.bytes == [0, 0, 3, 0xe8])
    #expect(writer.totalCount == 1_004)
    #expect(writer.splices == [.init(position: 4, count: 1_000)])
  }

  @Test func tooManyElementsAreRefusedBeforeTheyAreMade() {
    // Two hundred million one-byte elements would fit the largest frame, and not the memory.
    let count = WireReader.maximumElements + 1
    var writer = WireWriter()
    writer.put(Int32(count))
    let bytes = writer.bytes + [UInt8](repeating: 0, count: count * 2)
    bytes.withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      var names: [String] = []
      #expect(throws: WireError.tooManyElements) { try names.code(&reader) }
    }
  }
}
