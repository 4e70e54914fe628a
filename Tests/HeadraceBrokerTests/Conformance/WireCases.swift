import Glibc

@testable import HeadraceBroker

extension ConformanceCase {
  static let wire: [ConformanceCase] = [
    ConformanceCase("wire: ApiVersions 0 to 3 list what is served") { lab in
      for version in Int16(0)...3 {
        let answer = try lab.connect().call(
          APIVersionsAPI.self, .init(clientSoftwareName: "test", clientSoftwareVersion: "1"), version: version)
        try demand(answer.error, .none, "version \(version)")
        let produce = try demanded(answer.ranges.first { $0.key == 0 }, "Produce")
        try demand(produce.minimum, 0, "the lowest Produce, or librdkafka does not compress")
        for key in APIKey.allCases {
          let range = try demanded(answer.ranges.first { $0.key == key.rawValue }, key.name)
          try demand(range.minimum <= key.served.lowerBound, "\(key.name) begins at \(range.minimum)")
          try demand(range.maximum >= key.advertised.upperBound, "\(key.name) ends at \(range.maximum)")
        }
      }
    },
    ConformanceCase("wire: ApiVersions of the future is told the present in version 0") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(0))
      try RequestHeader(key: 18, version: 99, correlationID: 7, clientID: "x").write(&writer)
      writer.put(UInt8(0))
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      try client.sendRaw(writer.bytes)
      let answer = try client.receive(APIVersionsAPI.self, version: 0, correlation: 7)
      try demand(answer.error, .unsupportedVersion)
      try demand(answer.ranges.map(\.key), [18])
      // The connection goes on.
      try demand(client.call(APIVersionsAPI.self, .init(), version: 0).error, .none)
    },
    ConformanceCase("wire: an unknown API ends the connection") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(0))
      try RequestHeader(key: 999, version: 0, correlationID: 1, clientID: "x").write(&writer)
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      try client.sendRaw(writer.bytes)
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("wire: an unsupported version ends the connection") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(0))
      try RequestHeader(key: 3, version: 99, correlationID: 1, clientID: "x").write(&writer)
      writer.put(Int32(-1))
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      try client.sendRaw(writer.bytes)
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("wire: Produce below version 3 is advertised and not served") { lab in
      let client = try lab.connect()
      try client.send(ProduceAPI.self, Lab.produceRequest("nowhere", 0, []), version: 2)
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("wire: a body that ends early ends the connection") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(0))
      try RequestHeader(key: 3, version: 4, correlationID: 1, clientID: "x").write(&writer)
      writer.put(Int32(5))
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      try client.sendRaw(writer.bytes)
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("wire: a frame beyond 100 MiB ends the connection") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(100 << 20) + 1)
      writer.put(Int64(0))
      try client.sendRaw(writer.bytes)
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("wire: a negative frame size ends the connection") { lab in
      let client = try lab.connect()
      try client.sendRaw([0xff, 0xff, 0xff, 0xff, 0, 0])
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("wire: answers come in the order of requests, behind a parked fetch too") { lab in
      let topic = try lab.topic()
      let client = try lab.connect()
      let first = try client.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, maxWait: 400))
      let second = try client.send(APIVersionsAPI.self, .init(), version: 0)
      _ = try client.receive(FetchAPI.self, correlation: first)
      _ = try client.receive(APIVersionsAPI.self, version: 0, correlation: second)
    },
    ConformanceCase("wire: many requests in flight are all answered") { lab in
      let client = try lab.connect()
      let ids = try (0..<200).map { _ in try client.send(MetadataAPI.self, .init(topics: []), version: 4) }
      for id in ids { _ = try client.receive(MetadataAPI.self, version: 4, correlation: id) }
    },
    ConformanceCase("wire: a request in small pieces is a request") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(0))
      try RequestHeader(key: 18, version: 0, correlationID: 3, clientID: "slow").write(&writer)
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      for byte in writer.bytes { try client.sendRaw([byte]) }
      try demand(client.receive(APIVersionsAPI.self, version: 0, correlation: 3).error, .none)
    },
    ConformanceCase("wire: a null client id is fine") { lab in
      let client = try lab.connect()
      var writer = WireWriter()
      writer.put(Int32(0))
      try RequestHeader(key: 18, version: 0, correlationID: 4, clientID: nil).write(&writer)
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      try client.sendRaw(writer.bytes)
      try demand(client.receive(APIVersionsAPI.self, version: 0, correlation: 4).error, .none)
    },
    ConformanceCase("wire: tagged fields that nobody knows are skipped") { lab in
      let client = try lab.connect()
      var writer = WireWriter(version: 3, flexible: true)
      writer.put(Int32(0))
      writer.put(Int16(18))
      writer.put(Int16(3))
      writer.put(Int32(5))
      writer.put(Int16(1))
      writer.put(UInt8(ascii: "x"))
      for byte: UInt8 in [1, 100, 2, 0xaa, 0xbb] { writer.put(byte) }
      for byte: UInt8 in [2, UInt8(ascii: "a"), 2, UInt8(ascii: "1"), 1, 101, 1, 0xcc] { writer.put(byte) }
      writer.set(Int32(writer.bytes.count - 4), at: 0)
      try client.sendRaw(writer.bytes)
      try demand(client.receive(APIVersionsAPI.self, version: 3, correlation: 5).error, .none)
    },
  ]
}
