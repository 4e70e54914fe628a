internal import HeadraceCore
internal import Synchronization

/// Kafka's system-test consumer: reads a topic in a group and prints one JSON line for everything that happens, byte for byte like
/// `org.apache.kafka.tools.VerifiableConsumer`.
package struct VerifiableConsumer: Sendable {
  package struct Options: Sendable {
    package var topic: String
    /// −1: without end.
    package var maxMessages: Int64 = -1
    /// Whether each record gets a line.
    package var isVerbose = false
    /// Whether the client commits by itself, every 5 s, instead of after each batch.
    package var commitsAutomatically = false

    package init(topic: String) { self.topic = topic }
  }

  private let configuration: KafkaConfiguration
  private let options: Options

  /// Group, instance id, assignor, session timeout and reset policy are those of `configuration.consumer`.
  package init(configuration: KafkaConfiguration, options: Options) {
    var configuration = configuration
    configuration.consumer.commitMode = options.commitsAutomatically ? .automatic(every: .seconds(5)) : .manual
    self.configuration = configuration
    self.options = options
  }

  /// Runs until `maxMessages` are read, the task is cancelled or a graceful shutdown begins; every line goes to `output`, in order,
  /// one at a time.
  package func run(_ output: @escaping @Sendable ([UInt8]) -> Void) async throws {
    let printer = Printer(output)
    let consumer = try KafkaConsumer(configuration: configuration, rebalance: Reporter(printer: printer))
    let stop = StopFlag()
    @Sendable func shutDown() {
      guard !stop.isSet else { return }
      printer.print(EventLine("shutdown_requested").line)
      stop.set()
      consumer.loop.interrupt()
    }
    let failure: (any Error)?
    do {
      try await withTaskCancellationHandler {
        try await withGracefulShutdownHandler {
          try await read(consumer, printer, stop)
        } onGracefulShutdown: {
          shutDown()
        }
      } onCancel: {
        shutDown()
      }
      failure = nil
    } catch { failure = error }
    let closing = Task.detached { await consumer.close() }
    _ = await closing.value
    printer.print(EventLine("shutdown_complete").line)
    if !stop.isSet { printer.print(EventLine("shutdown_requested").line) }
    if let failure { throw failure }
  }

  private func read(_ consumer: KafkaConsumer, _ printer: Printer, _ stop: StopFlag) async throws {
    try await consumer.subscribe(to: [options.topic])
    printer.print(EventLine("startup_complete").line)
    var consumed: Int64 = 0
    while !stop.isSet, options.maxMessages < 0 || consumed < options.maxMessages,
      let batch = try await consumer.nextBatch()
    {
      guard !batch.isEmpty else { continue }
      let next = note(batch, &consumed, printer)
      guard !options.commitsAutomatically else { continue }
      do throws(KafkaError) {
        try await consumer.commit(next)
        printer.print(Self.committed(next, nil))
      } catch {
        printer.print(Self.committed(next, error))
      }
    }
  }

  /// Prints what was read and returns what to commit.
  private func note(_ batch: KafkaBatch, _ consumed: inout Int64, _ printer: Printer) -> [PartitionOffset] {
    struct Seen {
      var place: TopicPartition
      var count: Int64 = 0
      var first: Int64
      var last: Int64
    }
    var seen: [Seen] = []
    for record in batch {
      if options.maxMessages >= 0, consumed >= options.maxMessages { break }
      consumed += 1
      if options.isVerbose { printer.print(Self.data(record)) }
      if let index = seen.lastIndex(where: { $0.place == record.topicPartition }) {
        seen[index].count += 1
        seen[index].last = record.offset
      } else {
        seen.append(Seen(place: record.topicPartition, count: 1, first: record.offset, last: record.offset))
      }
    }
    var line = EventLine("records_consumed")
    line.add("count", batch.count)
    line.add(
      "partitions",
      objects: seen.map {
        [
          ("topic", .text($0.place.topic)), ("partition", .number(Int64($0.place.partition))),
          ("count", .number($0.count)),
          ("minOffset", .number($0.first)), ("maxOffset", .number($0.last)),
        ]
      })
    printer.print(line.line)
    return seen.map { PartitionOffset($0.place, $0.last + 1) }
  }

  private static func data(_ record: ConsumerRecord) -> [UInt8] {
    var line = EventLine("record_data")
    line.add("key", text: record.key)
    line.add("value", text: record.value)
    line.add("topic", text: record.topic)
    line.add("partition", record.partition)
    line.add("offset", record.offset)
    return line.line
  }

  private static func committed(_ offsets: [PartitionOffset], _ error: KafkaError?) -> [UInt8] {
    var line = EventLine("offsets_committed")
    line.add(
      "offsets",
      objects: offsets.map {
        [("topic", .text($0.topic)), ("partition", .number(Int64($0.partition))), ("offset", .number($0.offset))]
      })
    if let error { line.add("error", text: error.message) }
    line.add("success", error == nil)
    return line.line
  }

  private struct Reporter: RebalanceDelegate {
    let printer: Printer

    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart] {
      report("partitions_assigned", partitions)
      return []
    }
    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
      report("partitions_revoked", partitions)
    }
    func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
      report("partitions_revoked", partitions)
    }

    private func report(_ name: String, _ partitions: [TopicPartition]) {
      var line = EventLine(name)
      line.add(
        "partitions",
        objects: partitions.sorted().map { [("topic", .text($0.topic)), ("partition", .number(Int64($0.partition)))] })
      printer.print(line.line)
    }
  }
}
