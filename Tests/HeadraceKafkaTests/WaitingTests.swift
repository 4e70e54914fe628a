import FoundationEssentials
import HeadraceCore
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

@testable import HeadraceKafka

/// Calls that wait: who ends them, and what they say.
@Suite("Waiting", .timeLimit(.minutes(2 * TestKafka.patience)))
struct WaitingTests {
  /// Nobody listens there.
  static func nowhere(_ change: (inout KafkaConfiguration) -> Void = { _ in }) -> KafkaConfiguration {
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:9")
    configuration.logger.level = .critical
    configuration.consumer.groupID = "g"
    change(&configuration)
    return configuration
  }

  @Test func aCancelledQuestionToTheClusterEndsAtOnce() async throws {
    let admin = try KafkaAdmin(configuration: Self.nowhere())
    let consumer = try KafkaConsumer(configuration: Self.nowhere())
    let producer = try KafkaProducer(configuration: Self.nowhere())
    let place = TopicPartition("t", 0)
    let calls: [@Sendable () async throws -> Void] = [
      { _ = try await admin.topics(deadline: .seconds(90)) },
      { _ = try await admin.createTopic(NewTopic("t"), deadline: .seconds(90)) },
      { _ = try await consumer.committed([place], deadline: .seconds(90)) },
      { _ = try await consumer.watermarks(of: place, deadline: .seconds(90)) },
      { _ = try await producer.partitionCount(of: "t", deadline: .seconds(90)) },
    ]
    let start = ContinuousClock.now
    for call in calls {
      let task = Task { try await call() }
      try await Task.sleep(for: .milliseconds(50))
      task.cancel()
      let error = await #expect(throws: KafkaError.self) { try await task.value }
      #expect(error?.code == .cancelled)
    }
    let late = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      _ = try await admin.topics(deadline: .seconds(90))
    }
    let error = await #expect(throws: KafkaError.self) { try await late.value }
    #expect(error?.code == .cancelled)
    #expect(error?.isOutcomeUnknown == false, "it was never sent")
    #expect(ContinuousClock.now - start < .seconds(60))
    await admin.close()
    await consumer.close(deadline: .seconds(1))
    await producer.close(deadline: .zero)
  }

  /// What must be brought to an end in a task that is being cancelled.
  @Test(arguments: TestKafka.brokers)
  func commitsAndTransactionsAreNotCutShortByCancellation(broker: TestKafka.Broker) async throws {
    try await broker.withTopic { topic in
      let place = TopicPartition(topic, 0)
      let group = uniqueName()
      let consumer = try await KafkaConsumer(configuration: broker.configuration(group: group))
      let producer = try await KafkaProducer(
        configuration: broker.configuration { $0.producer.transactionalID = uniqueName("tx") })
      let work = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await consumer.commit([PartitionOffset(place, 7)])
        try await producer.withTransaction { transaction in
          try await transaction.send(ProducerRecord(topic: topic, key: nil, value: "x"))
        }
        _ = try await consumer.assignment()
      }
      try await work.value
      #expect(try await consumer.committed([place]).map(\.offset) == [7])
      #expect(try await broker.read(topic, 1).count == 1)
      await consumer.close()
      await producer.close()
    }
  }

  @Test func questionsToTheClientDoNotWaitBehindThoseToTheCluster() async throws {
    let consumer = try KafkaConsumer(configuration: Self.nowhere())
    let hanging = Task { try await consumer.watermarks(of: TopicPartition("t", 0), deadline: .seconds(90)) }
    try await eventually(within: .seconds(60)) { consumer.loop.queries.isStarted }
    let start = ContinuousClock.now
    try await consumer.subscribe(to: ["t"])
    #expect(try await consumer.assignment().isEmpty)
    #expect(try await consumer.positions([TopicPartition("t", 0)]).map(\.isPresent) == [false])
    #expect(ContinuousClock.now - start < .seconds(30))
    hanging.cancel()
    _ = await hanging.result
    await consumer.close(deadline: .seconds(1))
  }

  @Test func anAdminClientTellsWhyNobodyAnswers() async throws {
    final class Errors: Sendable {
      let all = Mutex<[KafkaError]>([])
    }
    let errors = Errors()
    let admin = try KafkaAdmin(
      configuration: Self.nowhere { $0.onError = { error in errors.all.withLock { $0.append(error) } } })
    let error = await #expect(throws: KafkaError.self) { _ = try await admin.groups(deadline: .seconds(2)) }
    #expect(error?.message.contains("127.0.0.1:9") == true, "\(error?.description ?? "")")
    #expect(error?.recovery == .retry)
    try await eventually { errors.all.withLock { $0.contains { $0.code == .transport } } }
    await admin.close()
  }

  @Test func refusedCredentialsAreNotATimeout() async throws {
    let broker = try #require(TestKafka.brokers.first)
    let admin = try await KafkaAdmin(
      configuration: broker.configuration {
        $0.security = .sasl(.plain(username: "nobody", password: "wrong"))
        $0.logger.level = .critical
      })
    let error = await #expect(throws: KafkaError.self) { _ = try await admin.topics(deadline: .seconds(4)) }
    #expect([.authentication, .saslAuthenticationFailed, .unsupportedSASLMechanism].contains(error?.code ?? .unknown))
    #expect(error?.recovery == KafkaError.Recovery.none)
    await admin.close()
  }

  /// Nothing to join, so nothing to wait for.
  @Test func aCooperativeMemberOfAMissingTopicClosesSoon() async throws {
    try await EmbeddedBroker.withBroker { broker in
      var configuration = KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
      configuration.logger.level = .critical
      configuration.consumer.groupID = "g"
      configuration.consumer.assignor = .cooperativeSticky
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: ["missing"])
      _ = try await consumer.nextBatch()
      let report = await consumer.close(deadline: .seconds(40))
      #expect(report.isComplete, "\(report)")
      #expect(report.elapsed < .seconds(20))
    }
  }

  @Test func aTransactionThatCouldNotBeEndedIsFollowedByAnother() async throws {
    try await EmbeddedBroker.withBroker { broker in
      var configuration = KafkaConfiguration(bootstrapServers: broker.bootstrapServers, preset: .latency)
      configuration.logger.level = .critical
      let admin = try KafkaAdmin(configuration: configuration)
      try await admin.createTopic(NewTopic("t", partitions: 1))
      configuration.producer.transactionalID = "tx"
      let producer = try KafkaProducer(configuration: configuration)
      for fails in [true, false] {
        let error = await #expect(throws: (any Error).self) {
          try await producer.withTransaction(deadline: .seconds(2)) { transaction in
            try await transaction.send(ProducerRecord(topic: "t", key: nil, value: "lost"))
            await broker.kill()
            if fails { throw CancellationError() }
          }
        }
        // The commit may have happened, so it must not be done again as if it had not.
        if !fails {
          #expect(
            (error as? KafkaError)?.isOutcomeUnknown == true
              && (error as? KafkaError)?.recovery == KafkaError.Recovery.none)
        }
        try await broker.start()
        try await producer.withTransaction { transaction in
          try await transaction.send(ProducerRecord(topic: "t", key: nil, value: "kept"))
        }
      }
      await producer.close()
      var values: [String] = []
      try await TopicScan(configuration).read(topics: ["t"]) { record in
        values.append(record.valueText ?? "")
        return true
      }
      #expect(values.filter { $0 == "kept" }.count == 2)
      await admin.close()
    }
  }

  @Test(arguments: TestKafka.brokers)
  func enqueuedRecordsThatFailAreToldAtTheEnd(broker: TestKafka.Broker) async throws {
    try await broker.withTopic(configs: ["max.message.bytes": "20000"]) { topic in
      let large = ProducerRecord(topic: topic, key: nil, value: [UInt8](repeating: 1, count: 30_000))
      let silent = try await broker.configuration { $0.logger.level = .critical }
      let error = await #expect(throws: KafkaError.self) {
        try await withKafkaProducer(silent) { try await $0.enqueue(large) }
      }
      #expect(error?.code == .messageTooLarge)
      #expect(error?.topic == topic)
      var heard = silent
      heard.producer.onDeliveryFailure = { _ in }
      try await withKafkaProducer(heard) { try await $0.enqueue(large) }
      let producer = try KafkaProducer(configuration: heard)
      try await producer.enqueue(large)
      let report = await producer.close()
      #expect(report.failed == 1 && !report.isComplete && report.undelivered == 0)
      #expect(report.firstFailure?.code == .messageTooLarge)
      #expect(report.leftUndone.contains("MSG_SIZE_TOO_LARGE"))
      await #expect(throws: KafkaError.self) { try await producer.recreate() }
    }
  }
}
