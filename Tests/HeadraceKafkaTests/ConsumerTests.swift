import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@Suite("Consumer", .timeLimit(.minutes(2 * TestKafka.patience)))
struct ConsumerTests {
  @Test(arguments: TestKafka.brokers)
  func aGroupGoesOnWhereItCommitted(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<100).map(String.init))
      let group = uniqueName()
      for round in 0..<2 {
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: group) { $0.consumer.batchRecords = 50 })
        try await consumer.subscribe(to: [topic])
        let batch = try #require(try await firstBatch(of: consumer))
        #expect(batch.first { _ in true }?.offset == Int64(50 * round))
        #expect(batch.count == 50)
        try await consumer.commit(batch)
        #expect(try await consumer.committed([TopicPartition(topic, 0)]).map(\.offset) == [Int64(50 * (round + 1))])
        let report = await consumer.close()
        #expect(report.isComplete, "\(report)")
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aBatchEndsNearItsBudgetAndNamesItsOffsets(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 3) { topic in
      // 4 MB in records of 100 bytes, then of 20 KB.
      let small = (0..<1_000).map { _ in String(repeating: "s", count: 100) }
      try await broker.fill(topic, small + (0..<200).map { _ in String(repeating: "l", count: 20_000) })
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration { $0.consumer.batchBytes = 100_000 })
      try await consumer.assign((0..<3).map { PartitionStart(TopicPartition(topic, $0), .beginning) })
      var left = 1_200
      while left > 0, let batch = try await consumer.nextBatch() {
        // Larger by at most what was asked for at once before large records were seen.
        #expect(batch.bytes < 100_000 + 128 * 20_000)
        #expect(batch.bytes == batch.reduce(0) { $0 + $1.valueCount + $1.keyCount })
        var next: [TopicPartition: Int64] = [:]
        for record in batch { next[record.topicPartition] = record.offset + 1 }
        #expect(batch.nextOffsets == next.sorted { $0.key < $1.key }.map { PartitionOffset($0.key, $0.value) })
        left -= batch.count
      }
      await consumer.close()
    }
  }

  func firstBatch(of consumer: KafkaConsumer) async throws -> KafkaBatch? {
    while let batch = try await consumer.nextBatch() {
      if !batch.isEmpty { return batch }
    }
    return nil
  }

  @Test(arguments: TestKafka.brokers)
  func commitMetadataIsKeptToTheLastCharacter(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()))
      let metadata = String(repeating: "m", count: 4_096)
      let place = TopicPartition(topic, 0)
      try await consumer.commit([PartitionOffset(place, 7, metadata: metadata)])
      let both = try await consumer.committed([place, TopicPartition(topic, 1)])
      #expect(both[0] == PartitionOffset(place, 7, metadata: metadata))
      #expect(both[1].isPresent == false)
      let error = await #expect(throws: KafkaError.self) {
        try await consumer.commit([PartitionOffset(place, 8, metadata: metadata + "m")])
      }
      #expect(error?.code == .offsetMetadataTooLarge)
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func runHandlesEveryRecordOnThePollingThread(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 3) { topic in
      try await broker.fill(topic, (0..<3_000).map(String.init))
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: uniqueName()) { $0.consumer.batchRecords = 100 })
      try await consumer.subscribe(to: [topic])
      let seen = Seen()
      let running = Task {
        try await consumer.run { batch in
          for record in batch { _ = seen.texts.withLock { $0.insert(record.valueText ?? "") } }
          try await consumer.commit(batch)
        }
      }
      try await eventually { seen.texts.withLock { $0.count } == 3_000 }
      await consumer.close()
      try await running.value
      #expect(seen.texts.withLock { $0.count } == 3_000)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aThrowOfTheHandlerEndsRun(broker: TestKafka.Broker) async throws {
    struct Stop: Error {}
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["x"])
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
      await #expect(throws: Stop.self) { try await consumer.run { _ in throw Stop() } }
      // The reader is free again.
      await #expect(throws: Stop.self) {
        try await broker.fill(topic, ["y"])
        try await consumer.run { _ in throw Stop() }
      }
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func partitionEndsAreValues(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      try await broker.fill(topic, ["a", "b", "c"], partition: 1)
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration { $0.consumer.reportsPartitionEnd = true })
      try await consumer.assign((0..<2).map { PartitionStart(TopicPartition(topic, $0), .beginning) })
      var ends: [TopicPartition: Int64] = [:]
      var count = 0
      for try await batch in consumer.batches {
        count += batch.count
        for end in batch.partitionEnds { ends[end.topicPartition] = end.offset }
        if ends.count == 2 { break }
      }
      #expect(count == 3)
      #expect(ends == [TopicPartition(topic, 0): 0, TopicPartition(topic, 1): 3])
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func seekDropsWhatWasFetchedBefore(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<500).map(String.init))
      let place = TopicPartition(topic, 0)
      let consumer = try await KafkaConsumer(configuration: broker.configuration { $0.consumer.batchRecords = 10 })
      try await consumer.assign([PartitionStart(place, .at(100))])
      var iterator = consumer.records.makeAsyncIterator()
      #expect(try await iterator.next()?.offset == 100)
      for target in [400, 3, 250] as [Int64] {
        try await consumer.seek([PartitionStart(place, .at(target))])
        // What is left of the batch in hand was handed over before the seek.
        let batch = try await firstBatch(of: consumer)
        #expect(batch?[0].offset == target)
        #expect(try await consumer.positions([place])[0].offset >= target)
      }
      try await consumer.seek([PartitionStart(place, .tail(5))])
      #expect(try await firstBatch(of: consumer)?[0].offset == 495)
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func pausedPartitionsAreSilentAndResumeWhereTheyWere(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      try await broker.fill(topic, (0..<100).map { "a\($0)" }, partition: 0)
      try await broker.fill(topic, (0..<100).map { "b\($0)" }, partition: 1)
      let (a, b) = (TopicPartition(topic, 0), TopicPartition(topic, 1))
      let consumer = try await KafkaConsumer(configuration: broker.configuration { $0.consumer.batchRecords = 10 })
      try await consumer.assign([PartitionStart(a, .beginning), PartitionStart(b, .beginning)])
      try await consumer.pause([a])
      #expect(consumer.paused == [a])
      // Resuming what is not paused must not rewind it.
      try await consumer.resume([b])
      var seen: [String] = []
      func read(until count: Int) async throws {
        while seen.count < count, let batch = try await consumer.nextBatch() {
          seen += batch.compactMap(\.valueText)
        }
      }
      try await read(until: 100)
      let before = seen.filter { $0.hasPrefix("a") }
      try await consumer.resume([a, b])
      try await read(until: 200)
      #expect(seen.filter { $0.hasPrefix("b") } == (0..<100).map { "b\($0)" })
      #expect(seen.filter { $0.hasPrefix("a") } == (0..<100).map { "a\($0)" })
      #expect(before.count <= 20)
      await consumer.close()
    }
  }

  /// Below librdkafka 2.2.0 a fetcher whose partitions were all paused would look again after up to a second.
  @Test(arguments: TestKafka.brokers)
  func aResumedPartitionIsFetchedAtOnce(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<200).map { "\($0)" }, partition: 0)
      let place = TopicPartition(topic, 0)
      let consumer = try await KafkaConsumer(configuration: broker.configuration { $0.consumer.batchRecords = 10 })
      try await consumer.assign([PartitionStart(place, .beginning)])
      var waits: [Duration] = []
      for _ in 0..<6 {
        _ = try await consumer.nextBatch()
        try await consumer.pause([place])
        // The fetcher finds nothing to do, and goes to sleep.
        try await Task.sleep(for: .milliseconds(300))
        let resumed = ContinuousClock.now
        try await consumer.resume([place])
        _ = try await consumer.nextBatch()
        waits.append(.now - resumed)
      }
      // One or two of six may be held up by a busy machine.
      #expect(waits.sorted()[3] < .milliseconds(300), "\(waits)")
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func offsetsForTimesAndWatermarks(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        for second in 0..<5 {
          try await producer.send(
            ProducerRecord(
              topic: topic, key: nil, value: [1], timestamp: Date(timeIntervalSince1970: 1_700_000_000 + Double(second))
            ))
        }
      }
      let place = TopicPartition(topic, 0)
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      #expect(try await consumer.watermarks(of: place) == Watermarks(low: 0, high: 5))
      let found = try await consumer.offsets(for: [(place, 1_700_000_002_500)])
      #expect(found[0].offset == 3)
      #expect(try await consumer.offsets(for: [(place, 1_800_000_000_000)])[0].isPresent == false)
      let admin = try await TestKafka.admin(broker)
      #expect(try await admin.offsets(for: [place: 1_700_000_001_000]) == [place: 1])
      #expect(try await admin.watermarks(of: [place]) == [place: Watermarks(low: 0, high: 5)])
      await consumer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func automaticCommitsCoverFinishedBatchesOnly(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, (0..<40).map(String.init))
      let group = uniqueName()
      let consumer = try await KafkaConsumer(
        configuration: broker.configuration(group: group) {
          $0.consumer.batchRecords = 10
          $0.consumer.commitMode = .automatic(every: .seconds(100))
        })
      try await consumer.subscribe(to: [topic])
      var iterator: KafkaBatches.Iterator? = consumer.batches.makeAsyncIterator()
      for _ in 0..<3 {
        while let batch = try await iterator?.next(), batch.isEmpty {}
      }
      // The third batch is in hand: two are finished. Closing waits for the reader, which says so by going away.
      iterator = nil
      await consumer.close()
      let admin = try await TestKafka.admin(broker)
      #expect(try await admin.committedOffsets(of: group).map(\.offset) == [20])
    }
  }

  @Test(arguments: TestKafka.brokers)
  func cancellingTheReaderEndsItsStream(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
      let reader = Task {
        var count = 0
        for try await record in consumer.records where record.offset >= 0 { count += 1 }
        return count
      }
      try await broker.fill(topic, ["a"])
      reader.cancel()
      _ = try await reader.value
      await consumer.close()
      #expect(try await consumer.nextBatch() == nil)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aMissingTopicIsAnErrorInABatchAndNotTheEnd(broker: TestKafka.Broker) async throws {
    let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()))
    let topic = uniqueName("later")
    try await consumer.subscribe(to: [topic])
    let batch = try #require(try await consumer.nextBatch())
    #expect(batch.isEmpty)
    #expect(batch.errors.contains { $0.code == .unknownTopicOrPartition })
    await consumer.close()
  }

  @Test(arguments: TestKafka.brokers)
  func recordsOutliveTheirConsumer(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["kept"])
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
      let record = try #require(try await firstBatch(of: consumer)?[0])
      let report = await consumer.close()
      #expect(report.isComplete)
      #expect(record.valueText == "kept")
      #expect(record.topic == topic)
      #expect(record.timestamp != nil)
    }
  }
}

/// What a handler has seen.
final class Seen: Sendable {
  let texts = Mutex<Set<String>>([])
}
