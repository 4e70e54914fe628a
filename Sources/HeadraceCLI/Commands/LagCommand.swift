import FoundationEssentials
import HeadraceCore
import HeadraceServices
import HeadraceStreams

/// `headrace lag`: what is really pending, and why it is not faster.
enum LagCommand {
  static let command = Command.verb(
    "lag", "Print what is pending for groups: end − base − acknowledged, the oldest, and why not faster.",
    options: [OutputFormat.option],
    arguments: [Argument(name: "GROUP", help: "groups; all of them by default", isOptional: true, repeats: true)],
    run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let groups = arguments.arguments("GROUP")
    let lines = try await LagReporter(kafka: try KafkaSession.configuration(arguments))
      .report(groups: groups.isEmpty ? nil : groups)
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: try JSONValue(encoding: lines))
    case .table:
      var table = Table(
        "group", "topic", "partition#", "base#", "end#", "acked beyond#", "pending#", "oldest", "why not faster")
      for line in lines {
        table.add(
          line.group, line.topic, "\(line.partition)", line.base.map(String.init) ?? "-", "\(line.end)",
          "\(line.acknowledgedBeyond)", "\(line.pending)",
          line.oldestAgeSeconds.map { "\(Int($0)) s" } ?? "", line.whyNotFaster?.rawValue ?? "")
      }
      try StandardOutput.print(table.text)
      for line in lines {
        guard let reason = line.metadataIgnored else { continue }
        Terminal.note("\(line.group) \(line.topic)/\(line.partition): acknowledgements are not believed: \(reason)")
      }
    }
  }
}

extension JSONValue {
  /// Any encodable value as JSON.
  init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(date.rfc3339)
    }
    encoder.outputFormatting = .sortedKeys
    self = try JSONValue(parsing: Array(try encoder.encode(value)))
  }
}
