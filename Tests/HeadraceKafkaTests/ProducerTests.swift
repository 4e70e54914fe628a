import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@Suite("Producer", .timeLimit(.minutes(1 * TestKafka.patience)))
struct ProducerTests {
  @Test(arguments: TestKafka.brokers)
  func sendTellsWhereTheRecordWasWritten(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        for offset in 0..<10 as Range<Int64> {
          let delivery = try await producer.send(ProducerRecord(topic: topic, key: "k", value: "v\(offset)"))
          #expect(delivery == Delivery(topic: topic, partition: 0, offset: offset))
        }
      }
      let records = try await broker.read(topic, 10)
      #expect(records.map { String(decoding: $0.value ?? [], as: UTF8.self) } == (0..<10).map { "v\($0)" })
      #expect(records.allSatisfy { $0.key == Array("k".utf8) })
    }
  }

  @Test(arguments: TestKafka.brokers)
  func everyPartOfARecordArrives(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 3) { topic in
      let headers = [
        RecordHeader("a", "1"), RecordHeader("null", nil as [UInt8]?), RecordHeader("a", "2"),
        RecordHeader("empty", []),
        RecordHeader("", "no name"), RecordHeader("ünïcode", "✓"),
      ]
      let time = Date(timeIntervalSince1970: 1_700_000_000.123)
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        try await producer.send(
          ProducerRecord(
            topic: topic, partition: 2, key: [0, 255], value: [1, 0, 2], headers: headers, timestamp: time))
        try await producer.send(ProducerRecord(topic: topic, partition: 2, key: Array("gone".utf8), value: nil))
        try await producer.send(ProducerRecord(topic: topic, partition: 2, key: [], value: []))
      }
      let records = try await broker.read(topic, 3, partitions: 3)
      #expect(records.map(\.partition) == [2, 2, 2])
      #expect(records[0].key == [0, 255])
      #expect(records[0].value == [1, 0, 2])
      #expect(records[0].headers == headers)
      #expect(records[0].timestampMilliseconds == 1_700_000_000_123)
      #expect(records[0].timestampType == .createTime)
      #expect(records[1].value == nil)
      #expect(records[1].headers.isEmpty)
      #expect(records[2].key == [])
      #expect(records[2].value == [])
    }
  }

  /// The task that waits alone handles the reports of others too; while its executor is busy somebody else does.
  @Test(arguments: TestKafka.brokers)
  func aSenderWhoseExecutorIsBusyHoldsNobodyUp(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let configuration = try await broker.configuration { $0.producer.linger = .milliseconds(300) }
      try await withKafkaProducer(configuration) { producer in
        _ = try await producer.partitionCount(of: topic)
        let busy = HeldExecutor()
        let lone = Task(executorPreference: busy) {
          try await producer.send(ProducerRecord(topic: topic, key: nil, value: "lone")).offset
        }
        try await eventually { producer.outstanding == 1 }
        busy.hold()
        let other = try await producer.send(ProducerRecord(topic: topic, key: nil, value: "other"))
        #expect(other.offset == 1)
        busy.letGo()
        #expect(try await lone.value == 0)
      }
    }
  }

  /// Room for one: each record waits for the report of the one before, which another thread may have taken out of the queue.
  @Test(.timeLimit(.minutes(1)), arguments: TestKafka.brokers)
  func whoeverWaitsForRoomHearsOfReportsThatOthersHandle(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let configuration = try await broker.configuration {
        $0.producer.bufferRecords = 1
        $0.producer.linger = .zero
      }
      try await withKafkaProducer(configuration) { producer in
        for index in 0..<3_000 {
          try await producer.enqueue(ProducerRecord(topic: topic, key: nil, value: "\(index)"))
          // What is awaited sets the report thread to polling, and it stays at that for a while.
          if index % 7 == 0 { _ = await producer.flush() }
        }
        #expect(await producer.flush().isComplete)
      }
    }
  }

  /// One of those who wait handles the reports for all: whoever it is, and whatever else goes on, nobody is forgotten.
  @Test(.timeLimit(.minutes(2)), arguments: TestKafka.brokers)
  func whoeverWaitsForABatchHearsOfReportsThatOthersHandle(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 4) { topic in
      let configuration = try await broker.configuration(.latency) { $0.producer.bufferRecords = 500 }
      try await withKafkaProducer(configuration) { producer in
        let writer = try producer.writer(for: topic)
        let written = try await withThrowingTaskGroup(of: Int.self) { group in
          for task in 0..<12 {
            group.addTask {
              var written = 0
              for round in 0..<100 {
                // Sizes that share no rhythm, so that batches end in reports of others as well as in their own.
                let values = [[UInt8]](repeating: [UInt8(round)], count: 1 + (round * 7 + task * 13) % 40)
                switch (round + task) % 4 {
                case 0: _ = try await writer.send(values[0])
                case 1:
                  let records = values.map { ProducerRecord(topic: topic, key: nil, value: $0) }
                  for result in try await producer.send(contentsOf: records) { _ = try result.get() }
                default: for result in try await writer.send(values: values) { _ = try result.get() }
                }
                written += (round + task) % 4 == 0 ? 1 : values.count
                if round % 5 == 0 { try await writer.enqueue(values: values) }
                written += round % 5 == 0 ? values.count : 0
              }
              return written
            }
          }
          return try await group.reduce(0, +)
        }
        #expect(await producer.flush().isComplete)
        let ends = try await TestKafka.admin(broker).watermarks(of: (0..<4).map { TopicPartition(topic, $0) })
        #expect(ends.values.map(\.high).reduce(0, +) == Int64(written))
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func enqueueWaitsForRoomAndKeepsOrder(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let configuration = try await broker.configuration { $0.producer.bufferRecords = 100 }
      try await withKafkaProducer(configuration) { producer in
        for index in 0..<5_000 {
          try await producer.enqueue(ProducerRecord(topic: topic, key: nil, value: "\(index)"))
          #expect(producer.outstanding <= 100)
        }
        let report = await producer.flush()
        #expect(report.isComplete)
        #expect(producer.outstanding == 0)
      }
      let records = try await broker.read(topic, 5_000)
      #expect(records.map { String(decoding: $0.value ?? [], as: UTF8.self) } == (0..<5_000).map(String.init))
    }
  }

  @Test(arguments: TestKafka.brokers)
  func manyTasksWaitForRoomInTurn(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      let configuration = try await broker.configuration(.latency) { $0.producer.bufferRecords = 8 }
      try await withKafkaProducer(configuration) { producer in
        let offsets = try await withThrowingTaskGroup(of: [RecordCoordinate].self) { group in
          for task in 0..<200 {
            group.addTask {
              var mine: [RecordCoordinate] = []
              for index in 0..<5 {
                mine.append(
                  try await producer.send(ProducerRecord(topic: topic, key: "\(task)", value: "\(index)")).coordinate)
              }
              return mine
            }
          }
          return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(offsets).count == 1_000)
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aBatchHasAResultForEachRecord(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { topic in
      try await withKafkaProducer(broker.configuration()) { producer in
        var records = (0..<3_000).map {
          ProducerRecord(topic: topic, partition: Int32($0 % 2), key: nil, value: "\($0)")
        }
        records[17].partition = 9
        records[18].value = [UInt8](repeating: 0, count: 3_000_000)
        let results = try await producer.send(contentsOf: records)
        #expect(results.count == records.count)
        #expect(throws: KafkaError.self) { try results[17].get() }
        #expect(throws: KafkaError.self) { try results[18].get() }
        let wrong = results.enumerated().filter { index, result in
          if index == 17 || index == 18 { return false }
          guard case .success(let delivery) = result else { return true }
          return delivery.partition != Int32(index % 2)
        }
        #expect(wrong.isEmpty)
        if case .failure(let error) = results[18] { #expect(error.code == .messageTooLarge) }
        if case .failure(let error) = results[17] { #expect(error.code == .unknownPartition) }
        #expect(try await producer.send(contentsOf: []).isEmpty)
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aWriterWritesBatchesWithAndWithoutResults(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await withKafkaProducer(broker.configuration { $0.producer.bufferRecords = 700 }) { producer in
        let writer = try producer.writer(for: topic)
        let values = (0..<2_500).map { Array("\($0)".utf8) }
        try await writer.enqueue(values: values)
        let results = try await writer.send(values: values, keys: values)
        #expect(results.enumerated().allSatisfy { (try? $1.get().offset) == Int64(2_500 + $0) })
        try await writer.enqueue(Array("last".utf8), key: [])
        #expect(try await writer.send(nil, key: Array("k".utf8)).offset == 5_001)
      }
      let records = try await broker.read(topic, 5_002)
      #expect(records[2_499].value == Array("2499".utf8))
      #expect(records[2_499].key == nil)
      #expect(records[4_999].key == Array("2499".utf8))
      #expect(records[5_000].key == [])
      #expect(records[5_001].value == nil)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aRecordThatIsTooLargeIsRefusedAtOnce(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await withKafkaProducer(broker.configuration()) { producer in
        let error = await #expect(throws: KafkaError.self) {
          try await producer.enqueue(
            ProducerRecord(topic: topic, key: nil, value: [UInt8](repeating: 1, count: 2_000_000)))
        }
        #expect(error?.code == .messageTooLarge)
        #expect(error?.topic == topic)
        #expect(error?.recovery == KafkaError.Recovery.none)
        #expect(producer.outstanding == 0)
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aRecordLargerThanTheBufferFailsInsteadOfWaitingForEver(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let configuration = try await broker.configuration {
        $0.producer.bufferBytes = 64 << 10
        $0.producer.batchBytes = 32 << 10
      }
      try await withKafkaProducer(configuration) { producer in
        let error = await #expect(throws: KafkaError.self) {
          _ = try await producer.send(
            ProducerRecord(topic: topic, key: nil, value: [UInt8](repeating: 1, count: 200_000)))
        }
        #expect(error?.code == .queueFull)
        // Bytes, not records, are what is short here: everything arrives all the same.
        for _ in 0..<200 {
          try await producer.enqueue(ProducerRecord(topic: topic, key: nil, value: [UInt8](repeating: 1, count: 9_000)))
        }
      }
      #expect(try await broker.read(topic, 200).count == 200)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func keysGoWhereJavaPutsThem(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 7) { topic in
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        #expect(try await producer.partitionCount(of: topic) == 7)
        let keys = (0..<100).map { "key-\($0)" }
        let results = try await producer.send(
          contentsOf: keys.map { ProducerRecord(topic: topic, key: $0, value: "") })
        for (key, result) in zip(keys, results) {
          #expect(try result.get().partition == Partitioner.murmur2(Array(key.utf8), partitionCount: 7))
        }
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func aCustomPartitionerChooses(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 4) { topic in
      let configuration = try await broker.configuration(.latency) {
        $0.producer.partitioner = .custom { key, count in
          guard let key, let first = key.first else { return count - 1 }
          return Int32(first % 4)
        }
      }
      try await withKafkaProducer(configuration) { producer in
        let two = try await producer.send(ProducerRecord(topic: topic, key: [2], value: []))
        let seven = try await producer.send(ProducerRecord(topic: topic, key: [7], value: []))
        let none = try await producer.send(ProducerRecord(topic: topic, key: nil, value: []))
        #expect([two, seven, none].map(\.partition) == [2, 3, 3])
      }
    }
  }

  @Test(arguments: TestKafka.brokers, KafkaConfiguration.Compression.allCases)
  func compressedRecordsComeBack(broker: TestKafka.Broker, compression: KafkaConfiguration.Compression) async throws {
    try await broker.withTopic { topic in
      let value = [UInt8](repeating: 65, count: 10_000)
      try await withKafkaProducer(broker.configuration { $0.producer.compression = compression }) { producer in
        for _ in 0..<50 { try await producer.enqueue(ProducerRecord(topic: topic, key: nil, value: value)) }
      }
      let records = try await broker.read(topic, 50)
      #expect(records.allSatisfy { $0.value == value })
    }
  }

  @Test(arguments: TestKafka.brokers)
  func failuresOfEnqueuedRecordsAreTold(broker: TestKafka.Broker) async throws {
    let failures = Mutex<[DeliveryFailure]>([])
    let configuration = try await broker.configuration {
      $0.extra["topic.metadata.propagation.max.ms"] = "500"
      $0.producer.deliveryTimeout = .seconds(5)
      $0.producer.onDeliveryFailure = { failure in failures.withLock { $0.append(failure) } }
    }
    let missing = uniqueName("missing")
    let producer = try KafkaProducer(configuration: configuration)
    try await producer.enqueue(
      ProducerRecord(topic: missing, partition: 77, key: "k", value: "v"))
    let report = await producer.flush(deadline: .seconds(20))
    #expect(report.undelivered == 0)
    #expect(report.failed == 1)
    #expect(await producer.flush().failed == 0)
    await producer.close()
    let failure = try #require(failures.withLock { $0.first })
    #expect(failure.key == Array("k".utf8))
    #expect(failure.value == Array("v".utf8))
    #expect(failure.error.topic == missing)
  }

  @Test(arguments: TestKafka.brokers)
  func aClosedProducerSaysSo(broker: TestKafka.Broker) async throws {
    let producer = try await KafkaProducer(configuration: broker.configuration())
    let writer = try producer.writer(for: "any")
    #expect(await producer.close().isComplete)
    #expect(await producer.close().isComplete)
    for call in 0..<4 {
      let error = await #expect(throws: KafkaError.self) {
        switch call {
        case 0: try await producer.enqueue(ProducerRecord(topic: "any", key: "", value: ""))
        case 1: _ = try await producer.send(ProducerRecord(topic: "other", key: "", value: ""))
        case 2: try await writer.enqueue([])
        default: _ = try await producer.partitionCount(of: "any")
        }
      }
      #expect(error?.code == .closed)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func typedValuesAndEventsArrive(broker: TestKafka.Broker) async throws {
    struct Order: Codable, Sendable, Equatable {
      var id: Int
      var note: String?
    }
    try await broker.withTopic { topic in
      let orders = Topic(topic, key: .string, value: Codec.json(Order.self).optional())
      try await withKafkaProducer(broker.configuration(.latency)) { producer in
        try await producer.send(Order(id: 1, note: "ß"), key: "a", to: orders)
        try await producer.send(nil, key: "a", to: orders)
        try await producer.send(ProducerRecord(topic: topic, key: [255], value: Array("{".utf8)))
        try await producer.send(Order(id: 2), key: "b", to: orders)
        try await producer.send(
          event: CloudEvent(id: "1", source: "/test", type: "t.v1", subject: "s", data: Array("{}".utf8)), to: topic)
      }
      let consumer = try await KafkaConsumer(configuration: broker.configuration())
      try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
      var seen: [TypedRecord<String, Order?>] = []
      for try await record in consumer.records(of: orders) {
        seen.append(record)
        if seen.count == 5 { break }
      }
      #expect(try seen[0].value() == Order(id: 1, note: "ß"))
      #expect(try seen[1].value() == nil)
      let keyError = #expect(throws: RecordDecodingError.self) { try seen[2].key() }
      #expect(keyError?.coordinate == RecordCoordinate(topic: topic, partition: 0, offset: 2))
      #expect(keyError?.part == .key)
      #expect(throws: RecordDecodingError.self) { try seen[2].value() }
      #expect(try seen[3].value() == Order(id: 2))
      let event = try seen[4].record.cloudEvent()
      #expect(event.id == "1" && event.subject == "s" && event.data == Array("{}".utf8))
      #expect(seen[4].record.keyText == "s")
      await consumer.close()
    }
  }
}

/// Runs jobs on the global pool, or keeps them.
private final class HeldExecutor: TaskExecutor {
  private let held = Mutex<[UnownedJob]?>(nil)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isHeld = held.withLock { held in
      held?.append(job)
      return held != nil
    }
    if !isHeld { run(job) }
  }

  private func run(_ job: UnownedJob) {
    Task.detached { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  func hold() { held.withLock { $0 = $0 ?? [] } }

  func letGo() {
    let jobs = held.withLock { held in
      defer { held = nil }
      return held ?? []
    }
    for job in jobs { run(job) }
  }
}
