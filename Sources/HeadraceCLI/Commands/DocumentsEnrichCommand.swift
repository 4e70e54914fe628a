import HeadraceCore
import HeadraceServices
import HeadraceStreams

/// `headrace documents enrich`: documents again, into the live topic: a replay of their keys.
enum DocumentsEnrichCommand {
  static let command = Command.verb(
    "enrich",
    "Enrich documents again, e.g. by another model; answers that were paid for before are taken from the journal.",
    options: [
      .value("--model", as: "MODEL", help: "ask this model"), .value("--route", as: "ROUTE", help: "ask this route"),
      .value("--prompt", as: "VERSION", help: "the prompt's version"),
      .flag("--fresh", help: "pay again, whatever the journal has"), OutputFormat.option,
    ],
    arguments: [Argument(name: "ID", help: "a document's id", repeats: true)], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    var request = ReplayRequest(processor: "enricher")
    request.keys = arguments.arguments("ID")
    request.destination = .live
    request.journalMode = arguments.has("--fresh") ? .refresh : .use
    for name in ["model", "route", "prompt"] {
      if let value = arguments.string("--\(name)") { request.parameters[name] = value }
    }
    let replays = try ReplayCommand.replays(arguments)
    let plan = try await replays.plan(request)
    let run = try await replays.run(plan.hash)
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: try JSONValue(encoding: run))
    case .table:
      try StandardOutput.print(
        "\(run.id)  \(plan.records) records, \(plan.journalHits) calls paid already, \(plan.journalMisses) to pay")
      Terminal.note("headrace replay status \(run.id) tells how far it is.")
    }
  }
}
