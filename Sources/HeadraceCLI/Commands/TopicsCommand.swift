import FoundationEssentials
import HeadraceCore
import HeadraceDocuments
import HeadraceKafka
import HeadraceServices

/// `headrace topics`.
enum TopicsCommand {
  private static let topic = Argument(name: "TOPIC", help: "the topic's name")
  private static let yes = Option.flag("-y", "--yes", help: "do it without asking")
  private static let config = Option.value(
    "-c", "--config-entry", as: "KEY=VALUE", help: "a setting of the topic", repeats: true)

  static let command = Command.noun(
    "topics", "List, describe, create, change, delete and copy topics.",
    [
      .verb(
        "list", "List topics.",
        options: [.flag("--internal", help: "internal ones too"), OutputFormat.option], run: list),
      .verb(
        "describe", "Print partitions, ends and settings of a topic.", options: [OutputFormat.option],
        arguments: [topic], run: describe),
      .verb(
        "create", "Create a topic.",
        options: [
          .value("-p", "--partitions", as: "N", help: "default: the broker's"),
          .value("-r", "--replication-factor", as: "N", help: "default: the broker's"), config,
          .flag("--if-not-exists", help: "a topic that is there is no error"),
        ], arguments: [topic], run: create),
      .verb(
        "delete", "Delete topics with all their records.", options: [yes],
        arguments: [Argument(name: "TOPIC", help: "a topic", repeats: true)], run: delete),
      .verb(
        "configure", "Change settings of a topic.",
        options: [config, .value("--remove", as: "KEY", help: "back to the default", repeats: true)],
        arguments: [topic], run: configure),
      .verb(
        "add-partitions", "Give a topic more partitions; keys then move between them.", options: [yes],
        arguments: [topic, Argument(name: "N", help: "how many it shall have")], run: addPartitions),
      .verb(
        "trim", "Delete the records before an offset or a time.",
        options: [
          .value("--before", as: "OFFSET|TIME|end", help: "an offset, an RFC 3339 time, or end for all"),
          .value("-p", "--partition", as: "N", help: "only this partition"), yes,
        ], arguments: [topic], run: trim),
      TopicsCopyCommand.command,
      .verb(
        "init", "Create the platform's own topics, where they are missing.",
        options: [
          .value("-p", "--partitions", as: "N", help: "default: the setting topics.partitions"),
          .value("-r", "--replication-factor", as: "N", help: "default: the setting topics.replication-factor"),
        ], run: initialise),
    ])

  private static func list(_ arguments: ParsedArguments) async throws {
    let topics = try await KafkaSession.withAdmin(arguments) {
      try await $0.topics(includeInternal: arguments.has("--internal"))
    }.sorted { $0.name < $1.name }
    switch try OutputFormat.of(arguments) {
    case .json:
      try StandardOutput.print(
        json: .array(
          topics.map { topic in
            [
              "name": .string(topic.name), "partitions": .int(Int64(topic.partitions.count)),
              "internal": .bool(topic.isInternal),
            ]
          }))
    case .table:
      var table = Table("topic", "partitions#", "replicas#")
      for topic in topics {
        table.add(topic.name, "\(topic.partitions.count)", "\(topic.partitions.first?.replicas.count ?? 0)")
      }
      try StandardOutput.print(table.text)
    }
  }

  private static func describe(_ arguments: ParsedArguments) async throws {
    let name = arguments.argument("TOPIC")
    let format = try OutputFormat.of(arguments)
    try await KafkaSession.withAdmin(arguments) { admin in
      guard let topic = try await admin.describeTopics([name]).first else { throw Missing(what: "topic", name: name) }
      if let error = topic.error { throw error }
      let partitions = topic.partitions.map { TopicPartition(name, $0.id) }
      let ends = try await admin.watermarks(of: partitions)
      let configs = try await admin.configs(of: .topic(name)).sorted { $0.name < $1.name }
      switch format {
      case .json:
        try StandardOutput.print(
          json: [
            "name": .string(name), "internal": .bool(topic.isInternal),
            "partitions": .array(
              topic.partitions.map { partition in
                let end = ends[TopicPartition(name, partition.id)]
                return [
                  "partition": .int(Int64(partition.id)), "leader": .int(Int64(partition.leader)),
                  "replicas": .array(partition.replicas.map { .int(Int64($0)) }),
                  "inSync": .array(partition.inSync.map { .int(Int64($0)) }),
                  "start": end.map { .int($0.low) } ?? .null, "end": end.map { .int($0.high) } ?? .null,
                ]
              }),
            "settings": .object(
              configs.map {
                .init($0.name, ["value": $0.value.map { .string($0) } ?? .null, "default": .bool($0.isDefault)])
              }),
          ])
      case .table:
        var table = Table("partition#", "leader#", "replicas", "in sync", "start#", "end#", "records#")
        for partition in topic.partitions {
          let end = ends[TopicPartition(name, partition.id)]
          table.add(
            "\(partition.id)", "\(partition.leader)", partition.replicas.map(String.init).joined(separator: ","),
            partition.inSync.map(String.init).joined(separator: ","), end.map { "\($0.low)" } ?? "?",
            end.map { "\($0.high)" } ?? "?", end.map { "\($0.high - $0.low)" } ?? "?")
        }
        try StandardOutput.print(table.text)
        let own = configs.filter { !$0.isDefault }
        if !own.isEmpty { try StandardOutput.print("") }
        for entry in own { try StandardOutput.print("\(entry.name)=\(entry.value ?? "(secret)")") }
      }
    }
  }

  private static func create(_ arguments: ParsedArguments) async throws {
    let name = arguments.argument("TOPIC")
    let topic = NewTopic(
      name, partitions: try arguments.int("--partitions", in: 1...100_000) ?? -1,
      replicationFactor: try arguments.int("--replication-factor", in: 1...1000) ?? -1,
      configs: Dictionary(try arguments.pairs("--config-entry").map { ($0.key, $0.value) }) { $1 })
    let isNew = try await KafkaSession.withAdmin(arguments) { try await $0.createTopic(topic) }
    guard isNew || arguments.has("--if-not-exists") else { throw Refused("topic \(name) is there already") }
    Terminal.note(isNew ? "Created topic \(name)." : "Topic \(name) is there already.")
  }

  private static func delete(_ arguments: ParsedArguments) async throws {
    let names = arguments.arguments("TOPIC")
    try Confirmation.ask("This deletes \(names.joined(separator: ", ")) with all records.", arguments)
    let failures = try await KafkaSession.withAdmin(arguments) { try await $0.deleteTopics(names) }
    for name in names where failures[name] == nil { Terminal.note("Deleted topic \(name).") }
    try KafkaSession.report(failures)
  }

  private static func configure(_ arguments: ParsedArguments) async throws {
    let set = Dictionary(try arguments.pairs("--config-entry").map { ($0.key, $0.value) }) { $1 }
    let remove = arguments.strings("--remove")
    guard !set.isEmpty || !remove.isEmpty else { throw arguments.usageError("say -c KEY=VALUE or --remove KEY") }
    try await KafkaSession.withAdmin(arguments) {
      try await $0.alterConfigs(of: .topic(arguments.argument("TOPIC")), set: set, remove: remove)
    }
  }

  private static func addPartitions(_ arguments: ParsedArguments) async throws {
    guard let total = Int(arguments.argument("N")), total > 0 else {
      throw arguments.usageError("N is a number of partitions, not \"\(arguments.argument("N"))\"")
    }
    let name = arguments.argument("TOPIC")
    try Confirmation.ask(
      "This gives \(name) \(total) partitions. Records of a key may then go to another partition than before.",
      arguments)
    try await KafkaSession.withAdmin(arguments) { try await $0.addPartitions(to: name, total: total) }
  }

  private static func trim(_ arguments: ParsedArguments) async throws {
    let name = arguments.argument("TOPIC")
    guard let before = arguments.string("--before") else { throw arguments.usageError("--before is missing") }
    let only = try arguments.int("--partition", in: 0...Int(Int32.max)).map(Int32.init)
    try await KafkaSession.withAdmin(arguments) { admin in
      guard let topic = try await admin.describeTopics([name]).first else { throw Missing(what: "topic", name: name) }
      if let error = topic.error { throw error }
      let partitions = topic.partitions.map(\.id).filter { only == nil || $0 == only }.map { TopicPartition(name, $0) }
      let ends = try await admin.watermarks(of: partitions)
      var offsets: [PartitionOffset] = []
      if let offset = Int64(before) {
        offsets = partitions.map { PartitionOffset($0, min(offset, ends[$0]?.high ?? offset)) }
      } else if before == "end" {
        offsets = partitions.map { PartitionOffset($0, ends[$0]?.high ?? 0) }
      } else if let time = Date(rfc3339: before) {
        let found = try await admin.offsets(
          for: Dictionary(uniqueKeysWithValues: partitions.map { ($0, time.milliseconds) }))
        offsets = partitions.map { partition in
          PartitionOffset(partition, (found[partition] ?? nil) ?? ends[partition]?.high ?? 0)
        }
      } else {
        throw arguments.usageError("--before takes an offset, an RFC 3339 time or end, not \"\(before)\"")
      }
      let count = offsets.reduce(0) { $0 + max(0, $1.offset - (ends[$1.topicPartition]?.low ?? 0)) }
      try Confirmation.ask("This deletes up to \(count) records of \(name).", arguments)
      let results = try await admin.deleteRecords(before: offsets)
      for case let (offset, error?) in results.map({ ($0, $0.error) }) {
        Terminal.note("\(offset.topicPartition): \(error)")
      }
      guard results.allSatisfy({ $0.error == nil }) else { throw ExitCode.failure }
      Terminal.note("Trimmed \(name).")
    }
  }

  private static func initialise(_ arguments: ParsedArguments) async throws {
    let settings = try CommonOptions.configuration(
      arguments,
      options: ["--partitions": "topics.partitions", "--replication-factor": "topics.replication-factor"])
    try await KafkaSession.withAdmin(arguments) { admin in
      for topic in PlatformTopics.all(partitions: Int32(settings.requiredInt(.topicsPartitions))) {
        let isNew = try await admin.createTopic(
          NewTopic(
            topic.name, partitions: Int(topic.partitions),
            replicationFactor: settings.requiredInt(.topicsReplication), configs: topic.configuration))
        Terminal.note("\(topic.name): \(isNew ? "created" : "there already")")
      }
    }
  }
}

/// What was asked for is not there.
struct Missing: Error, CustomStringConvertible {
  var what: String
  var name: String
  var description: String { "there is no \(what) \"\(name)\"" }
}
