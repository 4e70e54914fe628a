import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceTelemetry
import Synchronization
import Testing

/// Where partitions are read, and which are not.
@Suite("Positions", .timeLimit(.minutes(2 * TestKafka.patience)))
struct PositionTests {
  /// The offsets of what comes until `count` records are there.
  nonisolated(nonsending) private func offsets(_ consumer: KafkaConsumer, _ count: Int) async throws -> [Int64] {
    var offsets: [Int64] = []
    while offsets.count < count, let batch = try await consumer.nextBatch() { offsets += batch.map(\.offset) }
    return offsets
  }

  enum Way: CaseIterable { case assign, incremental, group }

  /// librdkafka keeps a partition paused that was given back, and nobody would resume it.
  @Test(arguments: TestKafka.brokers, Way.allCases)
  func aPauseEndsWhenThePartitionIsGivenBack(broker: TestKafka.Broker, way: Way) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["a", "b", "c"])
      let place = TopicPartition(topic, 0)
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()))
      func take() async throws {
        switch way {
        case .assign: try await consumer.assign([PartitionStart(place, .beginning)])
        case .incremental: try await consumer.incrementalAssign([PartitionStart(place, .beginning)])
        case .group: try await consumer.subscribe(to: [topic])
        }
      }
      try await take()
      #expect(try await offsets(consumer, 3) == [0, 1, 2])
      try await consumer.pause([place])
      #expect(consumer.paused == [place])
      switch way {
      case .assign: try await consumer.assign([])
      case .incremental: try await consumer.incrementalUnassign([place])
      case .group:
        try await consumer.unsubscribe()
        let polling = Task { while try await consumer.nextBatch() != nil {} }
        try await eventually { try await consumer.assignment().isEmpty }
        polling.cancel()
        try await polling.value
      }
      #expect(consumer.paused.isEmpty)
      try await take()
      #expect(try await offsets(consumer, 3) == [0, 1, 2])
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func anAssignmentThatKeepsAPartitionKeepsItsPause(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      let (first, second) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(first, .beginning)])
      try await consumer.pause([first])
      try await consumer.assign([PartitionStart(first, .beginning), PartitionStart(second, .beginning)])
      #expect(consumer.paused == [first])
      try await broker.fill(topic, ["a"], partition: 0)
      try await broker.fill(topic, ["b"], partition: 1)
      for try await record in consumer.records {
        #expect(record.partition == 1)
        break
      }
      try await consumer.resume([first])
      for try await record in consumer.records {
        #expect(record.partition == 0)
        break
      }
      await consumer.close()
    }
  }

  /// "Nothing is committed" is −1, and librdkafka's −1 is the end: all records would be skipped.
  @Test(arguments: TestKafka.brokers)
  func offsetsThatAreNoneAreRefused(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let place = TopicPartition(topic, 0)
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()))
      let committed = try #require(try await consumer.committed([place]).first)
      for start in [StartOffset.at(committed.offset), .at(-1000), .tail(-5)] {
        let calls: [() async throws -> Void] = [
          { try await consumer.assign([PartitionStart(place, start)]) },
          { try await consumer.incrementalAssign([PartitionStart(place, start)]) },
          { try await consumer.seek([PartitionStart(place, start)]) },
        ]
        for call in calls {
          let error = await #expect(throws: KafkaError.self) { try await call() }
          #expect(error?.code == .invalidArgument)
          #expect(error?.topic == topic)
        }
      }
      #expect(try await consumer.assignment().isEmpty)
      await consumer.close()
    }
  }

  struct StartsAtNone: RebalanceDelegate {
    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart] {
      partitions.map { PartitionStart($0, .at(PartitionOffset.none)) }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aHookThatAnswersWithNoneStartsAtTheStoredOffset(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["a", "b"])
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: uniqueName()) { $0.logger.level = .critical },
        rebalance: StartsAtNone())
      try await consumer.subscribe(to: [topic])
      #expect(try await offsets(consumer, 2) == [0, 1])
      await consumer.close()
    }
  }

  enum Membership: CaseIterable { case assigned, range, cooperative }

  @Test(arguments: TestKafka.brokers, Membership.allCases)
  func aPartitionWhoseOffsetIsGoneGoesOnWhereItIsSought(broker: TestKafka.Broker, membership: Membership) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      try await broker.fill(topic, (0..<20).map(String.init), partition: 0)
      let (place, other) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: membership == .assigned ? nil : uniqueName()) {
          $0.consumer.startWhenNoOffset = .fail
          $0.consumer.assignor = membership == .cooperative ? .cooperativeSticky : .range
          $0.logger.level = .critical
        }, rebalance: GroupTests.Diary(start: .at(2)))
      try await broker.fill(topic, ["x", "x", "other"], partition: 1)
      _ = try await TestKafka.admin(broker).deleteRecords(before: [PartitionOffset(place, 10)])
      if membership == .assigned {
        try await consumer.assign([PartitionStart(place, .at(2)), PartitionStart(other, .at(2))])
      } else {
        try await consumer.subscribe(to: [topic])
      }
      var sawOther = false
      var failed = false
      while !failed || !sawOther, let batch = try await consumer.nextBatch() {
        failed = failed || batch.errors.contains { [.automaticOffsetReset, .offsetOutOfRange].contains($0.code) }
        sawOther = sawOther || batch.contains { $0.partition == 1 }
      }
      try await consumer.seek([PartitionStart(place, .at(15))])
      #expect(try await offsets(consumer, 5) == [15, 16, 17, 18, 19], "nothing of the other partition once more")
      #expect(try await Set(consumer.assignment()) == [place, other])
      await consumer.close()
    }
  }

  /// With access control a reader without a group may not ask for a group's offsets.
  @Test func aReaderWithoutGroupAsksForNoStoredOffset() async throws {
    let broker = try #require(TestKafka.brokers.first { $0.isEmbedded })
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["a", "b"])
      let place = TopicPartition(topic, 0)
      // Somebody else's offsets under the name that librdkafka is given for want of a group.
      _ = try await TestKafka.admin(broker).alterCommittedOffsets(
        of: "headrace-none", to: [PartitionOffset(place, 2)])
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(place)])
      #expect(try await offsets(consumer, 2) == [0, 1])
      await consumer.close()
    }
  }
}
