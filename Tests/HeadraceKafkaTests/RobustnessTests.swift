import FoundationEssentials
import HeadraceCore
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

@testable import HeadraceKafka

/// Brokers that go, handlers that hang, clients that die: everything ends, and says what was left.
@Suite("Robustness", .timeLimit(.minutes(2 * TestKafka.patience)))
struct RobustnessTests {
  /// A broker of its own, for tests that stop it.
  nonisolated(nonsending) func withOwnBroker<Result>(
    _ body: nonisolated(nonsending) (EmbeddedBroker, KafkaConfiguration) async throws -> Result
  ) async throws -> Result {
    try await EmbeddedBroker.withBroker { broker in
      var configuration = KafkaConfiguration(bootstrapServers: broker.bootstrapServers)
      configuration.logger.level = .critical
      configuration.consumer.sessionTimeout = .seconds(10)
      let admin = try KafkaAdmin(configuration: configuration)
      try await admin.createTopic(NewTopic("t", partitions: 2))
      await admin.close()
      return try await body(broker, configuration)
    }
  }

  @Test func G14_aProducerWithoutBrokerClosesInTimeAndSaysWhatWasLeft() async throws {
    try await withOwnBroker { broker, configuration in
      let failures = Mutex<Int>(0)
      var configuration = configuration
      let count = Counted(failures: failures)
      configuration.producer.onDeliveryFailure = { _ in count.add() }
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "before"))
      await broker.kill()
      for index in 0..<100_000 {
        try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "\(index)"))
        if index == 99_998 { break }
      }
      let waiting = Task { try await producer.send(ProducerRecord(topic: "t", key: nil, value: "awaited")) }
      try await eventually { producer.outstanding == 100_000 }
      // The queue is full: this one waits for room, and is refused when the producer closes.
      let refused = Task { try await producer.send(ProducerRecord(topic: "t", key: nil, value: "no room")) }
      let start = ContinuousClock.now
      let report = await producer.close(deadline: .seconds(2))
      #expect(ContinuousClock.now - start < .seconds(8))
      #expect(!report.isComplete)
      #expect(report.undelivered == 100_000)
      #expect(report.leftUndone.contains("100000"))
      #expect(count.value == 99_999)
      let awaited = await #expect(throws: KafkaError.self) { try await waiting.value }
      #expect(awaited?.code == .purgedFromQueue || awaited?.code == .purgedInFlight)
      let late = await #expect(throws: KafkaError.self) { try await refused.value }
      #expect(late?.code == .closed)
      #expect(await producer.close() == report)
    }
  }

  final class Counted: Sendable {
    private let count = Atomic<Int>(0)
    init(failures: borrowing Mutex<Int>) {}
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }

  @Test func G14_aConsumerWithoutBrokerClosesInTimeAndSaysWhatWasLeft() async throws {
    try await withOwnBroker { broker, configuration in
      var configuration = configuration
      configuration.consumer.groupID = "g"
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.send(ProducerRecord(topic: "t", key: nil, value: "x"))
      await producer.close()
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: ["t"])
      while let batch = try await consumer.nextBatch(), batch.isEmpty {}
      await broker.kill()
      let report = await consumer.close(deadline: .seconds(2))
      #expect(report.elapsed < .seconds(6))
      if !report.isComplete { #expect(report.leftUndone.contains("group")) }
      #expect(await consumer.close() == report)
    }
  }

  @Test func G14_aStuckHandlerDoesNotKeepAConsumerFromClosing() async throws {
    try await withOwnBroker { _, configuration in
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.send(ProducerRecord(topic: "t", partition: 0, key: nil, value: Array("x".utf8)))
      await producer.close()
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.assign([PartitionStart(TopicPartition("t", 0), .beginning)])
      let gate = OneShot<Void>()
      let entered = OneShot<Void>()
      let running = Task {
        try await consumer.run { batch in
          if batch.isEmpty { return }
          entered.resume(returning: ())
          await gate.value()
        }
      }
      await entered.value()
      let report = await consumer.close(deadline: .seconds(1))
      #expect(!report.isComplete)
      #expect(report.leftUndone.contains("handler"))
      #expect(report.elapsed < .seconds(5))
      gate.resume(returning: ())
      try await running.value
    }
  }

  @Test func aHandlerThatKeepsItsBatchIsToldOf() async throws {
    try await withOwnBroker { _, configuration in
      var configuration = configuration
      let registry = MetricsRegistry()
      configuration.metrics = registry
      configuration.consumer.handlerWarning = .milliseconds(50)
      configuration.clientID = "slow"
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.send(ProducerRecord(topic: "t", partition: 0, key: nil, value: Array("x".utf8)))
      await producer.close()
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.assign([PartitionStart(TopicPartition("t", 0), .beginning)])
      while let batch = try await consumer.nextBatch(), batch.isEmpty {}
      try await eventually {
        registry.renderPrometheus().contains(#/headrace_kafka_stuck_handlers_total\{[^}]*role="consumer"[^}]*\} 1/#)
      }
      await consumer.close()
    }
  }

  @Test func aDeadProducerIsReplacedWhenAskedTo() async throws {
    try await withOwnBroker { _, configuration in
      let plain = try KafkaProducer(configuration: configuration)
      try plain.simulateFatalError()
      let writer = try? plain.writer(for: "t")
      #expect(writer == nil)
      let error = await #expect(throws: KafkaError.self) {
        try await plain.send(ProducerRecord(topic: "t", key: nil, value: "x"))
      }
      #expect(error?.isFatal == true && error?.recovery == .recreateClient)
      try await plain.recreate()
      try await plain.send(ProducerRecord(topic: "t", key: nil, value: "x"))
      await plain.close()

      var configuration = configuration
      configuration.producer.recreatesAfterFatal = true
      let phoenix = try KafkaProducer(configuration: configuration)
      let ash = try phoenix.writer(for: "t")
      try await ash.send(Array("1".utf8))
      try phoenix.simulateFatalError()
      #expect(phoenix.fatalError != nil)
      try await ash.send(Array("2".utf8))
      try phoenix.simulateFatalError()
      try await phoenix.enqueue(ProducerRecord(topic: "t", key: nil, value: "3"))
      #expect(await phoenix.flush().isComplete)
      #expect(phoenix.fatalError == nil)
      await phoenix.close()
    }
  }

  @Test func aRestartedBrokerIsFoundAgain() async throws {
    try await withOwnBroker { broker, configuration in
      var configuration = configuration
      configuration.consumer.groupID = "g"
      configuration.extra = ["reconnect.backoff.max.ms": "200"]
      let producer = try KafkaProducer(configuration: configuration)
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: ["t"])
      let seen = Seen()
      let reading = Task {
        for try await batch in consumer.batches {
          for record in batch { _ = seen.texts.withLock { $0.insert(record.valueText ?? "") } }
        }
      }
      for round in 0..<3 {
        for index in 0..<20 {
          try await producer.enqueue(ProducerRecord(topic: "t", key: nil, value: "\(round)-\(index)"))
        }
        if round == 0 { try await broker.restart() }
        if round == 1 { try await broker.killAndRestart() }
      }
      try await eventually(within: .seconds(40)) { seen.texts.withLock { $0.count } == 60 }
      #expect(await producer.close().isComplete)
      await consumer.close()
      try await reading.value
    }
  }

  @Test func nothingIsLeftAfterClose() async throws {
    try await withOwnBroker { _, configuration in
      var configuration = configuration
      configuration.consumer.groupID = "g"
      for _ in 0..<5 {
        let producer = try KafkaProducer(configuration: configuration)
        try await producer.send(ProducerRecord(topic: "t", key: nil, value: "x"))
        let consumer = try KafkaConsumer(configuration: configuration)
        try await consumer.subscribe(to: ["t"])
        while let batch = try await consumer.nextBatch(), batch.isEmpty {}
        let admin = try KafkaAdmin(configuration: configuration)
        _ = try await admin.topics()
        await producer.close()
        await consumer.close()
        await admin.close()
      }
      // Their own handles; suites that run at the same time have others, so only their absence in the end is looked for below.
      let census = try KafkaProducer(configuration: configuration)
      weak let handle = try census.core.handle()
      #expect(handle != nil)
      await census.close()
      try await eventually { handle == nil }
    }
  }

  @Test func manyRecordsUnderWayAreDeliveredBeforeClose() async throws {
    try await withOwnBroker { _, configuration in
      let producer = try KafkaProducer(configuration: configuration)
      let writer = try producer.writer(for: "t")
      let values = (0..<100_000).map { Array("\($0)".utf8) }
      try await writer.enqueue(values: values)
      let report = await producer.close(deadline: .seconds(60))
      #expect(report.isComplete)
      let admin = try KafkaAdmin(configuration: configuration)
      let ends = try await admin.watermarks(of: (0..<2).map { TopicPartition("t", $0) })
      #expect(ends.values.reduce(0) { $0 + $1.high } == 100_000)
      await admin.close()
    }
  }

  @Test func bearerTokensAreAskedForAndRefusalsAreTold() async throws {
    struct NoToken: Error {}
    let asked = Counted(failures: Mutex(0))
    var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
    configuration.logger.level = .critical
    configuration.security = .sasl(
      .oauthBearer {
        asked.add()
        throw NoToken()
      })
    let producer = try KafkaProducer(configuration: configuration)
    let consumer = try KafkaConsumer(configuration: configuration)
    try await eventually(within: .seconds(60)) { asked.value >= 2 }
    await producer.close(deadline: .zero)
    await consumer.close(deadline: .seconds(2))
    configuration.security = .sasl(
      .oauthBearer {
        asked.add()
        return KafkaSecurity.OAuthToken(
          token: "abc", expiresAtMilliseconds: Int64(Date().timeIntervalSince1970 * 1000) + 60_000, principal: "ada",
          extensions: ["tenant": "1"])
      })
    let other = try KafkaProducer(configuration: configuration)
    try await eventually(within: .seconds(60)) { asked.value >= 3 }
    await other.close(deadline: .zero)
  }

  @Test func statisticsBecomeMetrics() async throws {
    try await withOwnBroker { _, configuration in
      var configuration = configuration
      let registry = MetricsRegistry()
      let rounds = Counted(failures: Mutex(0))
      configuration.metrics = registry
      configuration.clientID = "measured"
      configuration.statisticsInterval = .milliseconds(50)
      configuration.onStatistics = { statistics in if !statistics.brokers.isEmpty { rounds.add() } }
      configuration.consumer.groupID = "g"
      let producer = try KafkaProducer(configuration: configuration)
      try await producer.send(ProducerRecord(topic: "t", partition: 0, key: nil, value: Array("x".utf8)))
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: ["t"])
      let reading = Task { for try await _ in consumer.batches {} }
      try await eventually { rounds.value > 4 }
      try await eventually {
        let text = registry.renderPrometheus()
        return text.contains("headrace_kafka_broker_round_trip_p99_seconds")
          && text.contains(#/headrace_kafka_records_delivered_total\{[^}]*client="measured"[^}]*\} 1/#)
          && text.contains(#/headrace_kafka_records_consumed_total\{[^}]*client="measured"[^}]*\} 1/#)
      }
      await producer.close()
      await consumer.close()
      try await reading.value
    }
  }

  @Test func tracesGoAcrossATopic() async throws {
    final class Spans: SpanExporter {
      let all = Mutex<[Span]>([])
      func export(_ span: Span) { all.withLock { $0.append(span) } }
    }
    let spans = Spans()
    Tracer.shared.use(spans)
    defer { Tracer.shared.use(nil) }
    try await withOwnBroker { _, configuration in
      let topic = uniqueName("traced")
      let admin = try KafkaAdmin(configuration: configuration)
      try await admin.createTopic(NewTopic(topic, partitions: 1))
      await admin.close()
      let producer = try KafkaProducer(configuration: configuration)
      let trace = try await Tracer.shared.withSpan("root") { span in
        try await producer.send(ProducerRecord(topic: topic, key: "k", value: "awaited"))
        try await producer.enqueue(ProducerRecord(topic: topic, key: "k", value: "enqueued"))
        return span.context
      }
      try await producer.send(ProducerRecord(topic: topic, key: "k", value: "outside"))
      await producer.close()
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
      var count = 0
      for try await record in consumer.records {
        try await record.withSpan(group: "g") { span in
          if record.valueText == "outside" {
            #expect(record.traceContext == nil)
            #expect(span.context.traceID != trace.traceID)
          } else {
            #expect(span.context.traceID == trace.traceID)
          }
        }
        count += 1
        if count == 3 { break }
      }
      await consumer.close()
      let mine = spans.all.withLock { $0.filter { $0.name.hasPrefix(topic) } }
      #expect(mine.map(\.name) == ["\(topic) send"] + Array(repeating: "\(topic) process", count: 3))
      #expect(mine[0].kind == .producer && mine[0].attributes["messaging.kafka.offset"] == "0")
      #expect(mine[1].parentSpanID == mine[0].context.spanID)
      #expect(mine[2].parentSpanID == trace.spanID)
      #expect(mine[1].kind == .consumer && mine[1].attributes["messaging.consumer.group.name"] == "g")
    }
  }
}
