import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Testing

@Suite("Admin", .timeLimit(.minutes(1 * TestKafka.patience)))
struct AdminTests {
  @Test(arguments: TestKafka.brokers)
  func topicsComeAndGo(broker: TestKafka.Broker) async throws {
    let admin = try await KafkaAdmin(configuration: broker.configuration())
    let name = uniqueName("admin")
    #expect(try await admin.createTopic(NewTopic(name, partitions: 3, configs: ["cleanup.policy": "compact"])))
    #expect(try await admin.createTopic(NewTopic(name, partitions: 3)) == false)
    let again = try await admin.createTopics([NewTopic(name, partitions: 1)])
    #expect(again[name]?.code == .topicAlreadyExists)
    let described = try await admin.describeTopics([name, "no-such-topic"])
    #expect(described[0].partitions.map(\.id) == [0, 1, 2])
    #expect(described[0].partitions.allSatisfy { !$0.replicas.isEmpty && $0.leader >= 0 })
    #expect(described[1].error?.code == .unknownTopicOrPartition)
    try await admin.addPartitions(to: name, total: 5)
    try await eventually { try await admin.describeTopics([name])[0].partitions.count == 5 }
    let shrink = await #expect(throws: KafkaError.self) { try await admin.addPartitions(to: name, total: 2) }
    #expect(shrink?.code == .invalidPartitions)
    #expect(try await admin.topics().contains { $0.name == name })
    #expect(try await admin.deleteTopics([name]).isEmpty)
    try await eventually { try await !admin.topics().contains { $0.name == name } }
    let missing = try await admin.deleteTopics([name])
    #expect(missing[name]?.code == .unknownTopicOrPartition)
    let cluster = try await admin.cluster()
    #expect(!cluster.clusterID.isEmpty)
    #expect(!cluster.brokers.isEmpty)
    await admin.close()
    let closed = await #expect(throws: KafkaError.self) { _ = try await admin.topics() }
    #expect(closed?.code == .closed)
  }

  @Test(arguments: TestKafka.brokers)
  func settingsChangeOneByOne(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(configs: ["retention.ms": "1000000"]) { topic in
      let admin = try await TestKafka.admin(broker)
      @Sendable func value(_ name: String) async throws -> ConfigEntry? {
        try await admin.configs(of: .topic(topic)).first { $0.name == name }
      }
      #expect(try await value("retention.ms")?.value == "1000000")
      #expect(try await value("retention.ms")?.source == .dynamicTopic)
      try await admin.alterConfigs(of: .topic(topic), set: ["max.message.bytes": "2000000"])
      try await eventually { try await value("max.message.bytes")?.value == "2000000" }
      #expect(try await value("retention.ms")?.value == "1000000")
      try await admin.alterConfigs(of: .topic(topic), remove: ["retention.ms"])
      try await eventually { try await value("retention.ms")?.isDefault == true }
      #expect(try await value("max.message.bytes")?.value == "2000000")
      let wrong = await #expect(throws: KafkaError.self) {
        try await admin.alterConfigs(of: .topic(topic), set: ["no.such.setting": "1"])
      }
      #expect(wrong?.code == .invalidConfig || wrong?.code == .invalidRequest)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func groupsAndTheirOffsets(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      try await broker.fill(topic, (0..<10).map(String.init))
      let admin = try await TestKafka.admin(broker)
      let group = uniqueName()
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: group) { $0.clientID = "tester" })
      try await consumer.subscribe(to: [topic])
      for try await batch in consumer.batches where !batch.isEmpty {
        try await consumer.commit(batch)
        break
      }
      let described = try #require(try await admin.describeGroups([group]).first)
      #expect(described.state == "Stable")
      #expect(described.assignor == "range")
      #expect(described.members.count == 1)
      #expect(described.members[0].clientID == "tester")
      #expect(described.members[0].assignment == [TopicPartition(topic, 0), TopicPartition(topic, 1)])
      #expect(try await admin.groups().contains { $0.id == group && $0.state == "Stable" })
      #expect(try await admin.deleteGroups([group])[group]?.code == .nonEmptyGroup)
      await consumer.close()
      let place = TopicPartition(topic, 1)
      try await admin.alterCommittedOffsets(of: group, to: [PartitionOffset(place, 5, metadata: "moved")])
      #expect(
        try await admin.committedOffsets(of: group, partitions: [place]) == [
          PartitionOffset(place, 5, metadata: "moved")
        ])
      try await admin.deleteCommittedOffsets(of: group, partitions: [place])
      #expect(try await admin.committedOffsets(of: group).contains { $0.topicPartition == place } == false)
      #expect(try await admin.deleteGroups([group]).isEmpty)
      #expect(try await admin.describeGroups([group])[0].state == "Dead")
    }
  }

  @Test(arguments: TestKafka.brokers)
  func recordsAreDeletedUpToAnOffset(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<20).map(String.init))
      let place = TopicPartition(topic, 0)
      let admin = try await TestKafka.admin(broker)
      let left = try await admin.deleteRecords(before: [PartitionOffset(place, 12)])
      #expect(left == [PartitionOffset(place, 12)])
      #expect(try await admin.watermarks(of: [place])[place] == Watermarks(low: 12, high: 20))
      #expect(try await broker.read(topic, 1)[0].offset == 12)
    }
  }
}
