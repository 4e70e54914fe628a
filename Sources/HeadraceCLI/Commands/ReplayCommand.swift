import FoundationEssentials
import HeadraceCore
import HeadraceDocuments
import HeadraceExtraction
import HeadraceKafka
import HeadraceLLM
import HeadraceServices
import HeadraceStreams

/// `headrace replay`: process a stretch of the log again, with a plan, a price, a diff and a way back.
enum ReplayCommand {
  private static let name = Argument(name: "REPLAY", help: "its name, or the beginning of its hash")

  static let command = Command.noun(
    "replay", "Process a stretch of the log again: plan, run, compare, promote, take back.",
    [
      .verb(
        "plan", "Look at what a replay comes to; nothing is run, nothing is paid.",
        discussion:
          "Prints records, journal hits and misses, tokens and cost as a range, what expires first, and the plan's hash, which `run` takes.",
        options: [
          .value("--from", as: "TIME", help: "from this RFC 3339 time; default: the oldest record"),
          .value("--to", as: "TIME", help: "to this time; default: the end as it is now"),
          .value("--key", as: "KEY", help: "only this key", repeats: true),
          .value("--header", as: "NAME=VALUE", help: "only with this header", repeats: true),
          .value("--sample", as: "PERCENT", help: "only so many in a hundred, chosen by coordinate"),
          .value("--dead-letters", as: "CLASS", help: "only what ended as dead letters of this class"),
          .value("--version-below", as: "FIELD=N", help: "only where the last output's field is below N"),
          .value("--rate", as: "N", help: "records a second at most"),
          .value("--share", as: "PERCENT", help: "of the route's permits; default 20"),
          .value("--spend-cap", as: "AMOUNT", help: "pause when so much is spent"),
          .value(
            "--output", as: "WHERE", help: "aside (default: topics of its own) or live",
            completion: .oneOf(["aside", "live"])),
          .value(
            "--journal", as: "MODE", help: "use (default), require, refresh or off",
            completion: .oneOf(JournalMode.allCases.map(\.rawValue))),
          .value("--set-parameter", as: "NAME=VALUE", help: "for the processor: model, route, prompt", repeats: true),
          json,
        ], arguments: [Argument(name: "PROCESSOR", help: "e.g. enricher")], run: plan),
      .verb(
        "run", "Let a plan run: what was shown is what runs.", options: [json],
        arguments: [
          Argument(name: "HASH", help: "the plan's hash, at least ten characters")
        ]
      ) { arguments in
        try show(try await replays(arguments).run(arguments.argument("HASH")), arguments)
      },
      .verb("list", "List replays.", options: [json], run: list),
      .verb("status", "Print how far a replay is.", options: [json], arguments: [name]) { arguments in
        let progress = try await replays(arguments).status(arguments.argument("REPLAY"))
        if arguments.has("--json") { return try StandardOutput.print(json: try JSONValue(encoding: progress)) }
        try StandardOutput.print(
          "\(progress.run.id)  \(progress.run.state.rawValue)  \(progress.done)/\(progress.total), \(progress.deadLetters) dead letters\(progress.run.note.map { ": \($0)" } ?? "")"
        )
      },
      .verb("pause", "Stop dispatch; it can go on.", options: [json], arguments: [name]) { arguments in
        try show(try await replays(arguments).pause(arguments.argument("REPLAY")), arguments)
      },
      .verb("resume", "Go on.", options: [json], arguments: [name]) { arguments in
        try show(try await replays(arguments).resume(arguments.argument("REPLAY")), arguments)
      },
      .verb("abort", "Give it up; its topics stay until you delete them.", options: [json, yes], arguments: [name]) {
        arguments in
        try Confirmation.ask("This gives the replay \(arguments.argument("REPLAY")) up.", arguments)
        try show(try await replays(arguments).abort(arguments.argument("REPLAY")), arguments)
      },
      .verb(
        "diff", "Compare its outputs with the live ones; exit code 1 where they differ.",
        options: [json, .value("--ignore", as: "FIELD", help: "a field that may differ", repeats: true)],
        arguments: [name], run: diff),
      .verb(
        "promote", "Make its outputs live, but never over something newer.", options: [json, yes], arguments: [name]
      ) {
        arguments in
        try Confirmation.ask("This makes the outputs of \(arguments.argument("REPLAY")) live.", arguments)
        try report(try await replays(arguments).promote(arguments.argument("REPLAY")), arguments)
      },
      .verb("rollback", "Take a promotion back.", options: [json, yes], arguments: [name]) { arguments in
        try Confirmation.ask("This takes the outputs of \(arguments.argument("REPLAY")) back.", arguments)
        try report(try await replays(arguments).rollback(arguments.argument("REPLAY")), arguments)
      },
    ])

  private static let json = Option.flag("--json", help: "JSON")
  private static let yes = Option.flag("-y", "--yes", help: "do it without asking")

  static func replays(_ arguments: ParsedArguments) throws -> Replays {
    let settings = try CommonOptions.configuration(arguments)
    let kafka = try KafkaSession.configuration(arguments)
    let target = EnricherReplayTarget(
      configuration: settings.enricher(kafka), llm: try LLMCommand.client(arguments), usage: NoUsageSink(),
      blobs: try settings.blobStore(settings.dataFolderPath), extractor: Extractor(configuration: settings.extraction())
    )
    return Replays(kafka: kafka, targets: [target])
  }

  private static func plan(_ arguments: ParsedArguments) async throws {
    var request = ReplayRequest(processor: arguments.argument("PROCESSOR"))
    func bound(_ option: String) throws -> ReplayRequest.Bound {
      guard let text = arguments.string(option) else { return .unbounded }
      guard let time = Date(rfc3339: text) else {
        throw arguments.usageError("\(option) takes an RFC 3339 time, not \"\(text)\"")
      }
      return .time(time)
    }
    func percent(_ option: String) throws -> Double? {
      guard let value = try arguments.double(option) else { return nil }
      guard value > 0, value <= 100 else {
        throw arguments.usageError("\(option) takes a percentage above 0 and up to 100, not \"\(value)\"")
      }
      return value
    }
    request.from = try bound("--from")
    request.to = try bound("--to")
    request.keys = arguments.strings("--key")
    request.headers = Dictionary(try arguments.pairs("--header").map { ($0.key, $0.value) }) { $1 }
    if let sample = try percent("--sample") { request.samplePercent = sample }
    request.deadLetterClass = try arguments.choice("--dead-letters", as: FailureClass.self)
    if let pair = try arguments.pairs("--version-below").first {
      guard let version = Int64(pair.value) else { throw arguments.usageError("--version-below takes FIELD=NUMBER") }
      request.versionBelow = .init(field: pair.key, version: version)
    }
    request.perSecond = try arguments.double("--rate")
    if let rate = request.perSecond, rate <= 0 {
      throw arguments.usageError("--rate takes a number of records a second above 0, not \"\(rate)\"")
    }
    if let share = try percent("--share") { request.permitShare = share / 100 }
    if let text = arguments.string("--spend-cap") {
      guard let cap = Money(amount: text) else {
        throw arguments.usageError("--spend-cap takes an amount such as 2.50")
      }
      request.spendCap = cap
    }
    if let text = arguments.string("--output") {
      guard let destination = ReplayRequest.Destination(rawValue: text) else {
        throw arguments.usageError("--output takes aside or live, not \"\(text)\"")
      }
      request.destination = destination
    }
    request.journalMode = try arguments.choice("--journal", as: JournalMode.self) ?? .use
    request.parameters = Dictionary(try arguments.pairs("--set-parameter").map { ($0.key, $0.value) }) { $1 }
    let plan = try await replays(arguments).plan(request)
    if arguments.has("--json") { return try StandardOutput.print(json: try JSONValue(encoding: plan)) }
    var table = Table("topic", "partition#", "from#", "to#", "records#", "bytes#")
    for part in plan.parts {
      table.add(part.topic, "\(part.partition)", "\(part.start)", "\(part.end)", "\(part.records)", "\(part.bytes)")
    }
    try StandardOutput.print(table.text)
    try StandardOutput.print("\nrecords  \(plan.records)")
    try StandardOutput.print("journal  \(plan.journalHits) calls paid already, \(plan.journalMisses) to pay")
    try StandardOutput.print(
      "tokens   \(plan.inputTokens) in, \(plan.leastOutputTokens) to \(plan.mostOutputTokens) out")
    try StandardOutput.print("cost     \(plan.leastCost) to \(plan.mostCost)")
    if let seconds = plan.seconds { try StandardOutput.print("time     at least \(Int(seconds)) s at the given rate") }
    if let expiry = plan.expiry { try StandardOutput.print("expiry   \(expiry)") }
    try StandardOutput.print("hash     \(plan.hash)")
    Terminal.note(
      plan.records == 0
        ? "No record is meant: look at --key, --header, --dead-letters and the times."
        : "headrace replay run \(plan.hash.prefix(16)) runs it.")
  }

  private static func list(_ arguments: ParsedArguments) async throws {
    let runs = try await replays(arguments).list()
    if arguments.has("--json") { return try StandardOutput.print(json: try JSONValue(encoding: runs)) }
    var table = Table("replay", "processor", "state", "records#", "changed", "note")
    for run in runs {
      table.add(
        run.id, run.plan.request.processor, run.state.rawValue, "\(run.plan.records)", run.changedAt.rfc3339,
        run.note ?? "")
    }
    try StandardOutput.print(table.text)
  }

  private static func diff(_ arguments: ParsedArguments) async throws {
    let ignored = ReplayDiff.volatileFields.union(arguments.strings("--ignore"))
    let diff = try await replays(arguments).diff(arguments.argument("REPLAY"), ignoring: ignored)
    if arguments.has("--json") {
      try StandardOutput.print(json: try JSONValue(encoding: diff))
    } else {
      try StandardOutput.print(
        "\(diff.equal) equal, \(diff.changed) changed, \(diff.missing) missing, \(diff.extra) extra, \(diff.failed) failed"
      )
      for (field, count) in diff.fields.sorted(by: { $0.key < $1.key }) {
        try StandardOutput.print("  \(field): \(count)")
      }
      for entry in diff.entries.prefix(50) {
        try StandardOutput.print(
          "\(entry.kind.rawValue)  \(entry.key ?? entry.id)  \(entry.fields.joined(separator: ", "))")
      }
    }
    if !diff.isEqual { throw ExitCode.failure }
  }

  private static func show(_ run: ReplayRun, _ arguments: ParsedArguments) throws {
    if arguments.has("--json") { return try StandardOutput.print(json: try JSONValue(encoding: run)) }
    try StandardOutput.print("\(run.id)  \(run.state.rawValue)")
  }

  private static func report(_ report: ReplayPromotion.Report, _ arguments: ParsedArguments) throws {
    if arguments.has("--json") { return try StandardOutput.print(json: try JSONValue(encoding: report)) }
    try StandardOutput.print(
      "\(report.written) written, \(report.newer) left because the live one is newer, \(report.deleted) left because they are deleted"
    )
  }
}
