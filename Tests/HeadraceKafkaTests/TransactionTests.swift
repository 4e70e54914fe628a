import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@Suite("Transactions", .timeLimit(.minutes(2 * TestKafka.patience)))
struct TransactionTests {
  struct Stop: Error {}

  @Test(arguments: TestKafka.brokers)
  func G02_abortedRecordsAreNeverSeen(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let producer = try await KafkaProducer(
        configuration: broker.configuration { $0.producer.transactionalID = uniqueName("tx") })
      for round in 0..<4 {
        do {
          try await producer.withTransaction { transaction in
            // Delivered, so that the aborted ones are in the log.
            for index in 0..<5 {
              try await transaction.send(ProducerRecord(topic: topic, key: nil, value: "\(round)-\(index)"))
            }
            if round % 2 == 1 { throw Stop() }
          }
        } catch is Stop {}
      }
      await producer.close()
      let committed = try await broker.read(topic, 10)
      #expect(Set(committed.map { $0.value?.first }) == [48, 50])
      let all = try await broker.read(topic, 20, isolation: .readUncommitted)
      #expect(all.count == 20)
    }
  }

  @Test(arguments: TestKafka.brokers)
  func consumeTransformProduceMovesOffsetsWithOutputs(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { input in
      try await broker.withTopic { output in
        for partition in 0..<2 as Range<Int32> {
          try await broker.fill(input, (0..<100).map { "\(partition)/\($0)" }, partition: partition)
        }
        let group = uniqueName()
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: group) { $0.consumer.batchRecords = 30 })
        try await consumer.subscribe(to: [input])
        let producer = try await KafkaProducer(
          configuration: broker.configuration(.latency) { $0.producer.transactionalID = uniqueName("tx") })
        var moved = 0
        var round = 0
        while moved < 200, let batch = try await consumer.nextBatch() {
          if batch.isEmpty { continue }
          round += 1
          let fails = round == 2
          do {
            try await producer.withTransaction { transaction in
              for record in batch {
                try await transaction.enqueue(ProducerRecord(topic: output, key: nil, value: record.value))
              }
              let offsets = batch.nextOffsets.map {
                PartitionOffset($0.topicPartition, $0.offset, metadata: "round \(round) ✓")
              }
              try await transaction.sendOffsets(offsets, group: consumer.groupMetadata())
              if fails { throw Stop() }
            }
            moved += batch.count
          } catch is Stop {
            try await consumer.seek(
              batch.partitions.map { place in
                PartitionStart(place, .at(batch.first { $0.topicPartition == place }?.offset ?? 0))
              })
          }
        }
        let committed = try await consumer.committed((0..<2).map { TopicPartition(input, $0) })
        #expect(committed.map(\.offset) == [100, 100])
        #expect(committed.allSatisfy { $0.metadata?.hasSuffix("✓") == true })
        await consumer.close()
        await producer.close()
        let values = try await broker.read(output, 200).map { String(decoding: $0.value ?? [], as: UTF8.self) }
        #expect(Set(values).count == 200)
        #expect(values.filter { $0.hasPrefix("1/") } == (0..<100).map { "1/\($0)" })
      }
    }
  }

  @Test(arguments: TestKafka.brokers)
  func G10_aSecondProducerFencesTheFirst(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let configuration = try await broker.configuration(.latency) { $0.producer.transactionalID = uniqueName("tx") }
      let first = try KafkaProducer(configuration: configuration)
      try await first.initTransactions()
      try await first.beginTransaction()
      try await first.send(ProducerRecord(topic: topic, key: nil, value: "zombie"))
      let second = try KafkaProducer(configuration: configuration)
      try await second.initTransactions()
      let error = await #expect(throws: KafkaError.self) {
        try await first.enqueue(ProducerRecord(topic: topic, key: nil, value: "zombie"))
        try await first.commitTransaction(deadline: .seconds(20))
      }
      #expect(error?.isFatal == true)
      #expect(error?.recovery == .recreateClient)
      #expect(first.fatalError != nil)
      await #expect(throws: KafkaError.self) {
        try await first.enqueue(ProducerRecord(topic: topic, key: nil, value: "z"))
      }
      try await second.withTransaction { transaction in
        try await transaction.enqueue(ProducerRecord(topic: topic, key: nil, value: "alive"))
      }
      // The zombie comes back by re-creating itself, and fences the second in turn.
      try await first.recreate()
      try await first.withTransaction { transaction in
        try await transaction.enqueue(ProducerRecord(topic: topic, key: nil, value: "again"))
      }
      await first.close()
      await second.close(deadline: .seconds(2))
      let values = try await broker.read(topic, 2).map { String(decoding: $0.value ?? [], as: UTF8.self) }
      #expect(values == ["alive", "again"])
    }
  }

  @Test(arguments: TestKafka.brokers)
  func callsInTheWrongStateSaySo(broker: TestKafka.Broker) async throws {
    let producer = try await KafkaProducer(
      configuration: broker.configuration { $0.producer.transactionalID = uniqueName("tx") })
    let early = await #expect(throws: KafkaError.self) { try await producer.beginTransaction() }
    #expect(early?.code == .wrongState)
    try await producer.initTransactions()
    let none = await #expect(throws: KafkaError.self) { try await producer.commitTransaction() }
    #expect(none?.code == .wrongState)
    try await producer.beginTransaction()
    try await producer.abortTransaction()
    await producer.close()
    let plain = try await KafkaProducer(configuration: broker.configuration())
    let error = await #expect(throws: KafkaError.self) { try await plain.initTransactions() }
    #expect(error?.code == KafkaError.Code(rawValue: -145))
    await plain.close()
  }

  @Test(arguments: TestKafka.brokers)
  func aMemberThatLostItsPartitionsCannotCommit(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      try await broker.fill(topic, ["a"])
      let group = uniqueName()
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: group))
      try await consumer.subscribe(to: [topic])
      for try await batch in consumer.batches where !batch.isEmpty { break }
      let stale = try consumer.groupMetadata()
      await consumer.close()
      let producer = try await KafkaProducer(
        configuration: broker.configuration { $0.producer.transactionalID = uniqueName("tx") })
      let error = await #expect(throws: KafkaError.self) {
        try await producer.withTransaction { transaction in
          try await transaction.sendOffsets([PartitionOffset(TopicPartition(topic, 0), 1)], group: stale)
        }
      }
      #expect(error?.requiresAbort == true)
      // The producer itself is well.
      try await producer.withTransaction { transaction in
        try await transaction.sendOffsets(
          [PartitionOffset(TopicPartition(topic, 0), 1)], group: ConsumerGroupMetadata(groupID: group))
      }
      let admin = try await TestKafka.admin(broker)
      #expect(try await admin.committedOffsets(of: group).map(\.offset) == [1])
      await producer.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func typesGoThroughTransactionsAndAnAbortIsReadOnceMore(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(partitions: 2) { input in
      try await broker.withTopic { output in
        let numbers = Topic(input, value: Codec<Int32>.int32)
        let squares = Topic(output, key: .string, value: .int64)
        try await withKafkaProducer(broker.configuration()) { producer in
          for number in 0..<10 as Range<Int32> {
            try await producer.enqueue(number, to: numbers, partition: number % 2)
          }
          try await producer.send(10, to: numbers, partition: 0)
        }
        let consumer = try await KafkaConsumer(configuration: broker.configuration(group: uniqueName()))
        try await consumer.subscribe(to: [input])
        let producer = try await KafkaProducer(
          configuration: broker.configuration { $0.producer.transactionalID = uniqueName("tx") })
        var aborted: Set<Int> = []
        var moved = 0
        while moved < 11, let batch = try await consumer.nextBatch() {
          guard !batch.isEmpty else { continue }
          do {
            try await producer.withTransaction { transaction in
              for record in batch {
                let number = try record.decoded(as: numbers).value()
                try await transaction.enqueue(Int64(number) * Int64(number), key: "\(number)", to: squares)
              }
              try await transaction.sendOffsets(batch.nextOffsets, group: consumer.groupMetadata())
              if aborted.insert(batch.count).inserted { throw Stop() }
            }
            moved += batch.count
          } catch is Stop { try await consumer.seek(batch.starts) }
        }
        await consumer.close()
        await producer.close()
        let values = try await broker.read(output, 11).map { try squares.value.decode($0.value, []) }
        #expect(values.sorted() == (0...10).map { $0 * $0 })
      }
    }
  }
}
