import HeadraceCore
import HeadraceServices
import HeadraceStreams

/// `headrace processors`: what runs in all processes of a group.
enum ProcessorsCommand {
  private static let name = Argument(name: "PROCESSOR", help: "its name, e.g. enricher")

  static let command = Command.noun(
    "processors", "List, describe, pause and resume processors, wherever they run.",
    [
      .verb("list", "List processors.", options: [OutputFormat.option]) { arguments in
        let all = try await control(arguments).list()
        switch try OutputFormat.of(arguments) {
        case .json: try StandardOutput.print(json: try JSONValue(encoding: all))
        case .table:
          var table = Table("processor", "state", "replicas#", "pending#", "slots", "why not faster", "wanted#")
          for each in all {
            table.add(
              each.name, each.isPaused ? "paused" : "running", "\(each.replicas.count)", "\(each.pending)",
              "\(each.replicas.reduce(0) { $0 + $1.slotsBusy })/\(each.replicas.reduce(0) { $0 + $1.slots })",
              each.whyNotFaster.rawValue, "\(each.desiredReplicas)")
          }
          try StandardOutput.print(table.text)
        }
      },
      .verb(
        "describe", "Print a processor's replicas and partitions.", options: [OutputFormat.option], arguments: [name]
      ) {
        arguments in
        guard let found = try await control(arguments).describe(arguments.argument("PROCESSOR")) else {
          throw Missing(what: "processor", name: arguments.argument("PROCESSOR"))
        }
        try StandardOutput.print(json: try JSONValue(encoding: found))
      },
      .verb("pause", "Stop taking up records, in all its processes; what is in work is finished.", arguments: [name]) {
        arguments in
        try await control(arguments).pause(arguments.argument("PROCESSOR"))
        Terminal.note("Paused \(arguments.argument("PROCESSOR")).")
      },
      .verb("resume", "Take up records again.", arguments: [name]) { arguments in
        try await control(arguments).resume(arguments.argument("PROCESSOR"))
        Terminal.note("Resumed \(arguments.argument("PROCESSOR")).")
      },
    ])

  private static func control(_ arguments: ParsedArguments) throws -> ProcessorControl {
    ProcessorControl(kafka: try KafkaSession.configuration(arguments))
  }
}
