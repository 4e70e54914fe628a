import FoundationEssentials
import HeadraceKafka
import Testing

/// What came after librdkafka 2.0.2: it works where a newer library is loaded (`ops/soak/kafka-newer` runs these so), and says
/// which version it needs where not.
@Suite("Newer than 2.0.2", .timeLimit(.minutes(1 * TestKafka.patience)))
struct LateFeatureTests {
  /// Runs `body` and returns whether it worked; a library that is too old must say what it needs.
  nonisolated(nonsending) private func works(
    since version: (Int32, Int32, Int32), _ body: nonisolated(nonsending) () async throws -> Void
  ) async throws -> Bool {
    do {
      try await body()
    } catch let error as KafkaError where !LibraryVersion.isAtLeast(version.0, version.1, version.2) {
      #expect(error.code == .unsupported)
      let demand = "needs librdkafka ≥ \(version.0).\(version.1).\(version.2); \(LibraryVersion.text) is loaded"
      #expect(error.message.contains(demand))
      return false
    }
    #expect(LibraryVersion.isAtLeast(version.0, version.1, version.2))
    return true
  }

  @Test(arguments: TestKafka.brokers)
  func offsetsOfAllKinds(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let place = TopicPartition(topic, 0)
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        for (index, time) in [1_000, 3_000, 2_000].enumerated() {
          var record = ProducerRecord(topic: topic, value: [UInt8(index)])
          record.timestamp = Date(timeIntervalSince1970: 1_700_000_000 + Double(time) / 1000)
          try await producer.send(record)
        }
      }
      let admin = try await TestKafka.admin(broker)
      #expect(try await admin.offsets([place: OffsetQuery.earliest])[place]?.offset == 0)
      #expect(try await admin.offsets([place: OffsetQuery.latest])[place]?.offset == 3)
      #expect(try await admin.offsets([place: OffsetQuery.time(1_700_000_002_500)])[place]?.offset == 1)
      #expect(try await admin.offsets([place: OffsetQuery.time(1_800_000_000_000)])[place]?.offset == nil)
      _ = try await works(since: (2, 3, 0)) {
        let answer = try await admin.offsets([place: OffsetQuery.largestTimestamp])[place]
        #expect(answer == OffsetAnswer(offset: 1, timestamp: 1_700_000_003_000))
      }
      _ = try await works(since: (2, 3, 0)) {
        let answers = try await admin.offsets([place: OffsetQuery.latest], isolation: .readCommitted)
        #expect(answers[place]?.offset == 3)
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func itemsOfAListChange(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(configs: ["cleanup.policy": "delete"]) { topic in
      let admin = try await TestKafka.admin(broker)
      @Sendable func policy() async throws -> Set<Substring> {
        let entry = try await admin.configs(of: .topic(topic)).first { $0.name == "cleanup.policy" }
        return Set((entry?.value ?? "").split(separator: ","))
      }
      let works = try await works(since: (2, 2, 0)) {
        try await admin.alterConfigs(of: .topic(topic), append: ["cleanup.policy": "compact"])
      }
      guard works else { return }
      try await eventually { try await policy() == ["compact", "delete"] }
      try await admin.alterConfigs(of: .topic(topic), subtract: ["cleanup.policy": "delete"])
      try await eventually { try await policy() == ["compact"] }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func passwordsOfUsers(broker: TestKafka.Broker) async throws {
    let admin = try await TestKafka.admin(broker)
    let user = uniqueName("u")
    let works = try await works(since: (2, 2, 0)) {
      do {
        try await admin.setSCRAMCredential(of: user, password: "p", SCRAMCredential(.sha256, iterations: 4096))
      } catch let error as KafkaError where broker.isEmbedded && error.code != .unsupported {
        // The embedded broker has no users: it listens on loopback only.
        #expect(error.code == .unsupportedVersion || error.code == .unsupportedFeature)
        return
      }
      try await eventually {
        try await admin.scramCredentials(of: [user]) == [user: [SCRAMCredential(.sha256, iterations: 4096)]]
      }
      try await admin.deleteSCRAMCredential(of: user, .sha256)
      try await eventually { try await admin.scramCredentials(of: [user]).isEmpty }
    }
    if !works {
      let error = await #expect(throws: KafkaError.self) { _ = try await admin.scramCredentials() }
      #expect(error?.code == .unsupported)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func whatThisClientMayDo(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let admin = try await TestKafka.admin(broker)
      _ = try await works(since: (2, 3, 0)) {
        let permissions = try await admin.topicPermissions([topic])[topic]
        #expect(permissions?.id.isEmpty == false)
        if !broker.isEmbedded { #expect(permissions?.operations.contains(.write) == true) }
        let missing = await #expect(throws: KafkaError.self) { _ = try await admin.topicPermissions(["no-such-topic"]) }
        #expect(missing?.code == .unknownTopicOrPartition)
        #expect(missing?.topic == "no-such-topic")
      }
      _ = try await works(since: (2, 3, 0)) {
        let operations = try await admin.clusterPermissions()
        if !broker.isEmbedded { #expect(operations.contains(.alterConfigs)) }
      }
    }
  }

  /// KIP-848: the broker spreads the partitions.
  @Test(arguments: TestKafka.brokers)
  func theBrokerAssigns(broker: TestKafka.Broker) async throws {
    let configuration = try await broker.configuration(group: uniqueName()) {
      $0.consumer.groupProtocol = .broker(assignor: "uniform")
    }
    guard LibraryVersion.isAtLeast(2, 12, 0) else {
      let error = #expect(throws: KafkaError.self) { _ = try KafkaConsumer(configuration: configuration) }
      #expect(error?.code == .configuration)
      #expect(error?.message.contains("needs librdkafka ≥ 2.12.0") == true)
      return
    }
    // The embedded broker speaks the classic protocol only.
    guard !broker.isEmbedded else { return }
    try await broker.withTopic(partitions: 4) { topic in
      try await broker.fill(topic, (0..<40).map(String.init))
      let consumer = try KafkaConsumer(configuration: configuration)
      let other = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: [topic])
      try await other.subscribe(to: [topic])
      let readers = [consumer, other].map { consumer in
        Task {
          var seen: [OwnedRecord] = []
          for try await batch in consumer.batches where !batch.isEmpty {
            seen += batch.map { $0.detached() }
            try await consumer.commit(batch)
          }
          return seen.count
        }
      }
      let admin = try await TestKafka.admin(broker)
      let places = (0..<4).map { TopicPartition(topic, $0) }
      try await eventually(within: .seconds(40), "40 records committed") {
        try await admin.committedOffsets(of: configuration.consumer.groupID ?? "", partitions: places)
          .map { max(0, $0.offset) }.reduce(0, +) == 40
      }
      await consumer.close()
      await other.close()
      var total = 0
      for reader in readers { total += try await reader.value }
      #expect(total >= 40)
    }
  }
}
