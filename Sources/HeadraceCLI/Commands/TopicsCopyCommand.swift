import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceServices

/// `headrace topics copy`: to another topic or another cluster, with keys, headers and timestamps kept.
enum TopicsCopyCommand {
  static let command = Command.verb(
    "copy", "Copy a topic, to another cluster too; partitions, keys, headers and timestamps are kept.",
    discussion:
      "Reads committed records from the start (or --from) to the ends as they are now (or --to). The target is created with the source's partitions and settings when it is missing.",
    options: [
      .value("--to-bootstrap-server", as: "HOST:PORT[,…]", help: "the target's cluster; default: the source's"),
      .value("--from", as: "TIME", help: "copy from this RFC 3339 time on"),
      .value("--to", as: "TIME", help: "copy up to this RFC 3339 time"),
    ],
    arguments: [
      Argument(name: "SOURCE", help: "the topic to read"), Argument(name: "TARGET", help: "the topic to write"),
    ], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let (source, target) = (arguments.argument("SOURCE"), arguments.argument("TARGET"))
    let from = try time(arguments, "--from"), to = try time(arguments, "--to")
    let sourceConfiguration = try KafkaSession.configuration(arguments, preset: .throughput)
    var targetConfiguration = sourceConfiguration
    if let servers = arguments.string("--to-bootstrap-server") {
      targetConfiguration.bootstrapServers = servers.split(separator: ",").map(String.init)
    } else if source == target {
      throw arguments.usageError("SOURCE and TARGET are the same topic of the same cluster")
    }
    let sourceAdmin = try KafkaAdmin(configuration: sourceConfiguration)
    let targetAdmin = try KafkaAdmin(configuration: targetConfiguration)
    let (starts, ends) = try await range(sourceAdmin, source, from, to)
    try await makeTarget(sourceAdmin, source, targetAdmin, target, partitions: ends.count)
    await sourceAdmin.close()
    await targetAdmin.close()

    var consumerConfiguration = sourceConfiguration
    consumerConfiguration.consumer.isolation = .readCommitted
    consumerConfiguration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: consumerConfiguration)
    let producer = try KafkaProducer(configuration: targetConfiguration)
    var open = Set(ends.keys.filter { (starts[$0] ?? 0) < (ends[$0] ?? 0) })
    let total = Int(open.reduce(Int64(0)) { $0 + (ends[$1] ?? 0) - (starts[$1] ?? 0) })
    try await consumer.assign(open.map { PartitionStart($0, .at(starts[$0] ?? 0)) })
    var progress = ProgressLine("copied")
    var copied = 0
    if !open.isEmpty {
      for try await batch in consumer.batches {
        var records: [ProducerRecord] = []
        for record in batch {
          guard let end = ends[record.topicPartition], record.offset < end else {
            open.remove(record.topicPartition)
            continue
          }
          records.append(
            ProducerRecord(
              topic: target, partition: record.partition, key: record.key, value: record.value,
              headers: record.headers, timestamp: record.timestamp))
          if record.offset == end - 1 { open.remove(record.topicPartition) }
        }
        try await producer.enqueue(contentsOf: records)
        copied += records.count
        progress.update(done: copied, total: total)
        for end in batch.partitionEnds where end.offset >= (ends[end.topicPartition] ?? 0) {
          open.remove(end.topicPartition)
        }
        if open.isEmpty { break }
      }
    }
    let report = await producer.flush(deadline: .seconds(120))
    progress.finish()
    _ = await consumer.close(deadline: .seconds(5))
    _ = await producer.close(deadline: .seconds(5))
    guard report.isComplete else {
      Terminal.note("\(report.failed) records failed and \(report.undelivered) were not acknowledged in time")
      throw ExitCode.failure
    }
    Terminal.note("Copied \(copied) records from \(source) to \(target).")
  }

  private static func time(_ arguments: ParsedArguments, _ option: String) throws -> Date? {
    guard let text = arguments.string(option) else { return nil }
    guard let time = Date(rfc3339: text) else {
      throw arguments.usageError("\(option) takes an RFC 3339 time such as 2026-01-31T08:00:00Z, not \"\(text)\"")
    }
    return time
  }

  private static func range(
    _ admin: KafkaAdmin, _ topic: String, _ from: Date?, _ to: Date?
  ) async throws -> (starts: [TopicPartition: Int64], ends: [TopicPartition: Int64]) {
    guard let description = try await admin.describeTopics([topic]).first else {
      throw Missing(what: "topic", name: topic)
    }
    if let error = description.error { throw error }
    let partitions = description.partitions.map { TopicPartition(topic, $0.id) }
    let marks = try await admin.watermarks(of: partitions)
    var starts = marks.mapValues(\.low)
    var ends = marks.mapValues(\.high)
    func offsets(_ time: Date) async throws -> [TopicPartition: Int64?] {
      try await admin.offsets(for: Dictionary(uniqueKeysWithValues: partitions.map { ($0, time.milliseconds) }))
    }
    if let from { for (partition, offset) in try await offsets(from) { starts[partition] = offset ?? ends[partition] } }
    if let to { for (partition, offset) in try await offsets(to) { ends[partition] = offset ?? ends[partition] } }
    return (starts, ends)
  }

  private static func makeTarget(
    _ sourceAdmin: KafkaAdmin, _ source: String, _ targetAdmin: KafkaAdmin, _ target: String, partitions: Int
  ) async throws {
    let own = try await sourceAdmin.configs(of: .topic(source)).filter { !$0.isDefault && !$0.isReadOnly }
    let configs = Dictionary(uniqueKeysWithValues: own.compactMap { entry in entry.value.map { (entry.name, $0) } })
    _ = try await targetAdmin.createTopic(
      NewTopic(target, partitions: partitions, replicationFactor: -1, configs: configs))
    let made = try await targetAdmin.describeTopics([target]).first?.partitions.count ?? 0
    guard made >= partitions else {
      throw Refused("\(target) has \(made) partitions and \(source) has \(partitions): keys would change their place")
    }
  }
}

/// We do not do that, and why.
struct Refused: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
