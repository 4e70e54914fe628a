import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceServices

/// `headrace consume`: records on standard output.
enum ConsumeCommand {
  static let command = Command.verb(
    "consume", "Print records.",
    discussion: """
      Without -g it reads the topics' partitions from where -o says, beginning by default. With -g it is a member of a
      consumer group, and commits what it has printed. Only committed records are read unless --isolation-level says
      otherwise. The options are kcat's.
      """,
    options: [
      .value("-g", "--group", as: "GROUP", help: "read as a member of this consumer group"),
      .value(
        "-o", "--offset", as: "OFFSET", help: "beginning, end, stored, N, -N (the last N), s@TIME, e@TIME",
        repeats: true),
      .value("-p", "--partition", as: "N", help: "only this partition"),
      .value("-c", "--count", as: "COUNT", help: "end after so many records"),
      .flag("-e", "--exit", help: "end when the ends are reached"),
      .value("-f", "--format", as: "FORMAT", help: "%t %p %o %k %s %S %K %T %h and \\n, as kcat has them"),
      .flag("-J", "--json", help: "kcat's JSON envelope"),
      .value(
        "--isolation-level", as: "LEVEL", help: "read_committed (default) or read_uncommitted",
        completion: .oneOf(["read_committed", "read_uncommitted"])),
    ],
    arguments: [Argument(name: "TOPIC", help: "a topic; with -g also ^a-pattern", repeats: true)], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    var configuration = try KafkaSession.configuration(arguments)
    let topics = arguments.arguments("TOPIC")
    let range = try ReadRange(arguments.strings("--offset"), arguments)
    configuration.consumer.reportsPartitionEnd = true
    configuration.consumer.groupID = arguments.string("--group")
    if let text = arguments.string("--isolation-level") {
      guard
        let level = [
          "read_committed": KafkaConfiguration.Isolation.readCommitted, "read_uncommitted": .readUncommitted,
        ][text]
      else { throw arguments.usageError("--isolation-level takes read_committed or read_uncommitted") }
      configuration.consumer.isolation = level
    }
    if case .end = range.start { configuration.consumer.startWhenNoOffset = .latest }
    let count = try arguments.int("--count", in: 0...Int.max)
    if count == 0 { return }
    let printer = try RecordPrinter(format: arguments.string("--format"), isJSON: arguments.has("--json"))
    let consumer = try KafkaConsumer(configuration: configuration)
    var reader = RecordReading(
      count: count, endsAtEnd: arguments.has("--exit"), commits: arguments.string("--group") != nil)
    do {
      if arguments.string("--group") != nil {
        try await consumer.subscribe(to: topics)
        try await reader.run(consumer, printer)
      } else {
        let partition = try arguments.int("--partition", in: 0...Int(Int32.max)).map(Int32.init)
        let starts = try await starts(topics, partition, range, configuration, &reader)
        if !starts.isEmpty {
          try await consumer.assign(starts)
          try await reader.run(consumer, printer)
        }
      }
    } catch {
      _ = await consumer.close(deadline: .seconds(5))
      throw error
    }
    _ = await consumer.close(deadline: .seconds(5))
  }

  private static func starts(
    _ topics: [String], _ only: Int32?, _ range: ReadRange, _ configuration: KafkaConfiguration,
    _ reader: inout RecordReading
  ) async throws -> [PartitionStart] {
    let admin = try KafkaAdmin(configuration: configuration)
    defer { Task { await admin.close() } }
    var partitions: [TopicPartition] = []
    for description in try await admin.describeTopics(topics) {
      if let error = description.error { throw error }
      partitions += description.partitions.map { TopicPartition(description.name, $0.id) }
    }
    if let only { partitions = partitions.filter { $0.partition == only } }
    guard !partitions.isEmpty else {
      throw Missing(what: "partition \(only.map { "\($0) " } ?? "")of", name: topics.joined(separator: ", "))
    }
    func offsets(_ time: Date) async throws -> [TopicPartition: Int64?] {
      try await admin.offsets(for: Dictionary(uniqueKeysWithValues: partitions.map { ($0, time.milliseconds) }))
    }
    var starts = Dictionary(uniqueKeysWithValues: partitions.map { ($0, range.start.offset) })
    if case .time(let time) = range.start {
      for (partition, offset) in try await offsets(time) {
        starts[partition] = offset.map { StartOffset.at($0) } ?? .end
      }
    }
    // An offset that a partition doesn't have would send the consumer to its beginning, and print all of it.
    if case .at(let offset) = range.start {
      for (partition, marks) in try await admin.watermarks(of: partitions) {
        starts[partition] = .at(min(max(offset, marks.low), marks.high))
      }
    }
    if let end = range.end {
      let marks = try await admin.watermarks(of: partitions)
      let found = try await offsets(end)
      for partition in partitions {
        let stop = (found[partition] ?? nil) ?? marks[partition]?.high ?? 0
        reader.stops[partition] = stop
        if stop <= (marks[partition]?.low ?? 0) { starts[partition] = nil }
      }
    }
    reader.assigned = Set(starts.keys)
    return starts.map { PartitionStart($0.key, $0.value) }
  }
}
