import HeadraceTesting
import Testing

@testable import HeadraceBroker

/// Frames that lie: no trap, no hang, no memory beyond what they bring.
@Suite(.timeLimit(.minutes(2)))
struct FuzzTests {
  @Test(arguments: APIKey.allCases)
  func decodersSurviveTruncationFlipsAndLies(_ key: APIKey) throws {
    var random = SeededGenerator(seed: UInt64(key.rawValue) + 1)
    for version in key.served {
      for seed in UInt64(0)..<12 {
        let frame = try Sample.frame(key, version: version, seed: seed)
        for length in stride(from: 0, to: frame.count, by: max(1, frame.count / 40)) {
          Self.decode(Array(frame.prefix(length)))
        }
        for _ in 0..<60 { Self.decode(Self.mutated(frame, &random)) }
      }
    }
  }

  /// Flips bits, and puts lengths that lie where lengths may be.
  private static func mutated(_ frame: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = frame
    for _ in 0..<Int.random(in: 1...4, using: &random) where bytes.count > 8 {
      let place = Int.random(in: 8..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes[place] = [0, 0x7f, 0x80, 0xff].randomElement(using: &random) ?? 0
      case 2:
        let lie: [UInt8] =
          [[0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0, 0x10, 0, 0]]
          .randomElement(using: &random) ?? []
        for (offset, byte) in lie.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
      default: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...9, using: &random)))
      }
    }
    return bytes
  }

  /// Reads a frame as the broker does; whether it is understood does not matter.
  private static func decode(_ frame: [UInt8]) {
    frame.withUnsafeBytes { buffer in
      var reader = WireReader(buffer)
      do {
        let (_, key) = try RequestHeader.read(&reader)
        try Sample.visit(key) { api in try body(api, &reader) }
      } catch {}
    }
  }

  private static func body<API: WireAPI>(_: API.Type, _ reader: inout WireReader) throws {
    var request = API.Request()
    try request.code(&reader)
  }

  @Test func aBrokerUnderFireGoesOnServing() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let target = TestTarget(port: broker.port)
      try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        let topic = try lab.topic()
        try lab.produce(topic, ClientBatch("before"))
        var random = SeededGenerator(seed: 7)
        // JoinGroup may rightly wait for minutes; all else is answered or refused.
        for key in APIKey.allCases where key != .joinGroup && key != .syncGroup {
          for seed in UInt64(0)..<6 {
            let client = try lab.connect()
            var frame = try Sample.frame(key, version: key.served.upperBound, seed: seed)
            if seed > 0 { frame = Self.mutated(frame, &random) }
            if key == .fetch { frame.replaceSubrange(frame.count - 0..<frame.count, with: []) }
            var head = WireWriter()
            head.put(Int32(frame.count))
            try client.sendRaw(head.bytes + frame)
            client.hangUp()
          }
        }
        try demand(lab.values(topic), ["before"])
        try demand(lab.produce(topic, ClientBatch("after")).baseOffset, 1)
      }
    }
  }
}
