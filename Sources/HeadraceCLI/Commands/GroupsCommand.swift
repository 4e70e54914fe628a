import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceServices

/// `headrace groups`.
enum GroupsCommand {
  private static let group = Argument(name: "GROUP", help: "the group's id")

  static let command = Command.noun(
    "groups", "List, describe, reset and delete consumer groups.",
    [
      .verb("list", "List groups.", options: [OutputFormat.option], run: list),
      .verb(
        "describe", "Print members, committed offsets and lag of a group.", options: [OutputFormat.option],
        arguments: [group], run: describe),
      .verb(
        "delete", "Delete groups with their committed offsets.",
        options: [.flag("-y", "--yes", help: "do it without asking")],
        arguments: [Argument(name: "GROUP", help: "a group", repeats: true)], run: delete),
      .verb(
        "reset", "Move a group's committed offsets; the group must have no members.",
        discussion:
          "Prints what would change; --execute does it. A processor's sparse acknowledgements are forgotten with it: records beyond the new offset are handled again (finished model calls come from the journal).",
        options: [
          .value(
            "--to", as: "earliest|latest|time T|offset N|shift N", help: "where to; also time=T, offset=N, shift=N",
            leading: ["time", "offset", "shift"]),
          .value("--topic", as: "TOPIC", help: "only this topic", repeats: true),
          .flag("--execute", help: "do it"), OutputFormat.option,
        ], arguments: [group], run: reset),
    ])

  private static func list(_ arguments: ParsedArguments) async throws {
    let groups = try await KafkaSession.withAdmin(arguments) { try await $0.groups() }.sorted { $0.id < $1.id }
    switch try OutputFormat.of(arguments) {
    case .json:
      try StandardOutput.print(
        json: .array(
          groups.map { ["group": .string($0.id), "state": .string("\($0.state)"), "simple": .bool($0.isSimple)] }))
    case .table:
      var table = Table("group", "state")
      for group in groups { table.add(group.id, "\(group.state)") }
      try StandardOutput.print(table.text)
    }
  }

  private struct Row {
    var partition: TopicPartition
    var committed: Int64
    var end: Int64?
    var member: String
    var lag: Int64? { end.map { max(0, $0 - max(0, committed)) } }
  }

  private static func describe(_ arguments: ParsedArguments) async throws {
    let name = arguments.argument("GROUP")
    let format = try OutputFormat.of(arguments)
    try await KafkaSession.withAdmin(arguments) { admin in
      guard let group = try await admin.describeGroups([name]).first else { throw Missing(what: "group", name: name) }
      if let error = group.error { throw error }
      let offsets = try await admin.committedOffsets(of: name, partitions: nil)
      if "\(group.state)".lowercased() == "dead", offsets.isEmpty { throw Missing(what: "group", name: name) }
      let committed = Dictionary(offsets.map { ($0.topicPartition, $0.offset) }) { $1 }
      var owners: [TopicPartition: String] = [:]
      for member in group.members { for partition in member.assignment { owners[partition] = member.memberID } }
      let partitions = Set(committed.keys).union(owners.keys).sorted()
      let ends = try await admin.watermarks(of: partitions)
      let rows = partitions.map {
        Row(partition: $0, committed: committed[$0] ?? -1, end: ends[$0]?.high, member: owners[$0] ?? "")
      }
      switch format {
      case .json:
        try StandardOutput.print(
          json: [
            "group": .string(name), "state": .string("\(group.state)"), "assignor": .string(group.assignor),
            "members": .array(
              group.members.map {
                [
                  "memberId": .string($0.memberID), "clientId": .string($0.clientID), "host": .string($0.host),
                  "instanceId": $0.instanceID.map { .string($0) } ?? .null,
                ]
              }),
            "partitions": .array(
              rows.map {
                [
                  "topic": .string($0.partition.topic), "partition": .int(Int64($0.partition.partition)),
                  "committed": $0.committed < 0 ? .null : .int($0.committed), "end": $0.end.map { .int($0) } ?? .null,
                  "lag": $0.lag.map { .int($0) } ?? .null, "member": .string($0.member),
                ]
              }),
          ])
      case .table:
        try StandardOutput.print(
          "\(name): \(group.state), \(group.members.count) members, assignor \(group.assignor)\n")
        var table = Table("topic", "partition#", "committed#", "end#", "lag#", "member")
        for row in rows {
          table.add(
            row.partition.topic, "\(row.partition.partition)", row.committed < 0 ? "-" : "\(row.committed)",
            row.end.map(String.init) ?? "-", row.lag.map(String.init) ?? "-", row.member)
        }
        try StandardOutput.print(table.text)
      }
    }
  }

  private static func delete(_ arguments: ParsedArguments) async throws {
    let names = arguments.arguments("GROUP")
    try Confirmation.ask("This deletes \(names.joined(separator: ", ")) with their committed offsets.", arguments)
    try KafkaSession.report(try await KafkaSession.withAdmin(arguments) { try await $0.deleteGroups(names) })
    for name in names { Terminal.note("Deleted group \(name).") }
  }

  private static func reset(_ arguments: ParsedArguments) async throws {
    let name = arguments.argument("GROUP")
    guard let text = arguments.string("--to") else { throw arguments.usageError("--to is missing") }
    guard let target = ResetTarget(text) else {
      throw arguments.usageError("--to takes earliest, latest, time T, offset N or shift N, not \"\(text)\"")
    }
    let topics = Set(arguments.strings("--topic"))
    let format = try OutputFormat.of(arguments)
    try await KafkaSession.withAdmin(arguments) { admin in
      let group = try await admin.describeGroups([name]).first
      if let group, !group.members.isEmpty {
        throw Refused(
          "\(name) has \(group.members.count) members; stop them first, or they would overwrite the offsets")
      }
      let known = try await admin.committedOffsets(of: name, partitions: nil)
      var partitions = known.map(\.topicPartition).filter { topics.isEmpty || topics.contains($0.topic) }
      for topic in topics where !partitions.contains(where: { $0.topic == topic }) {
        guard let description = try await admin.describeTopics([topic]).first else {
          throw Missing(what: "topic", name: topic)
        }
        if let error = description.error { throw error }
        partitions += description.partitions.map { TopicPartition(topic, $0.id) }
      }
      guard !partitions.isEmpty else { throw Refused("\(name) has committed nothing; say which topic with --topic") }
      let committed = Dictionary(known.map { ($0.topicPartition, $0.offset) }) { $1 }
      let moved = try await target.offsets(of: partitions.sorted(), committed: committed, admin: admin)
      switch format {
      case .json:
        try StandardOutput.print(
          json: .array(
            moved.map {
              [
                "topic": .string($0.topic), "partition": .int(Int64($0.partition)),
                "from": committed[$0.topicPartition].map { .int($0) } ?? .null, "to": .int($0.offset),
              ]
            }))
      case .table:
        var table = Table("topic", "partition#", "from#", "to#")
        for offset in moved {
          table.add(
            offset.topic, "\(offset.partition)",
            committed[offset.topicPartition].map(String.init) ?? "-", "\(offset.offset)")
        }
        try StandardOutput.print(table.text)
      }
      guard arguments.has("--execute") else {
        Terminal.note("Nothing was changed; --execute does it.")
        return
      }
      let results = try await admin.alterCommittedOffsets(of: name, to: moved)
      for case let (offset, error?) in results.map({ ($0, $0.error) }) {
        Terminal.note("\(offset.topicPartition): \(error)")
      }
      guard results.allSatisfy({ $0.error == nil }) else { throw ExitCode.failure }
      Terminal.note("Moved \(moved.count) offsets of \(name).")
    }
  }
}
