import FoundationEssentials
import HeadraceCore
import HeadraceServices
import HeadraceStreams

/// `headrace dlq`: records that could not be done.
enum DeadLettersCommand {
  private static let filters: [Option] = [
    .value(
      "--class", as: "CLASS", help: "only of this failure class",
      completion: .oneOf(FailureClass.allCases.map(\.rawValue))),
    .value("--reason", as: "REASON", help: "only with this reason"),
    .value("--key", as: "KEY", help: "only with this key"),
    .value("--since", as: "TIME", help: "only since this RFC 3339 time"),
    .value("--until", as: "TIME", help: "only until this RFC 3339 time"),
    .value("--limit", as: "N", help: "so many at most"),
  ]

  static let command = Command.noun(
    "dlq", "List, show and put back dead letters.",
    [
      .verb(
        "list", "List dead letters of a topic, or the dead-letter topics.", options: filters + [OutputFormat.option],
        arguments: [Argument(name: "TOPIC", help: "a dead-letter topic, or its source", isOptional: true)], run: list),
      .verb(
        "show", "Print a dead letter: the cause and the record as it was.", options: [OutputFormat.option],
        arguments: [Argument(name: "TOPIC/P/O", help: "its place")], run: show),
      .verb(
        "redrive", "Put dead letters back into the topic they came from, each once.",
        discussion:
          "Without --execute it only counts. A record that was put back three times stays: --maximum-redrives.",
        options: filters + [
          .flag("--execute", help: "do it"),
          .value("--maximum-redrives", as: "N", help: "the guard against loops; default 3"), OutputFormat.option,
        ], arguments: [Argument(name: "TOPIC", help: "a dead-letter topic, or its source")], run: redrive),
    ])

  private static func letters(_ arguments: ParsedArguments) throws -> DeadLetters {
    DeadLetters(kafka: try KafkaSession.configuration(arguments))
  }

  private static func filter(_ arguments: ParsedArguments) throws -> DeadLetterFilter {
    func time(_ option: String) throws -> Date? {
      guard let text = arguments.string(option) else { return nil }
      guard let time = Date(rfc3339: text) else {
        throw arguments.usageError("\(option) takes an RFC 3339 time, not \"\(text)\"")
      }
      return time
    }
    var filter = DeadLetterFilter()
    filter.failureClass = try arguments.choice("--class", as: FailureClass.self)
    filter.reason = arguments.string("--reason")
    filter.key = arguments.string("--key").map { Array($0.utf8) }
    filter.since = try time("--since")
    filter.until = try time("--until")
    filter.limit = try arguments.int("--limit", in: 1...Int.max)
    return filter
  }

  private static func list(_ arguments: ParsedArguments) async throws {
    let letters = try letters(arguments)
    let format = try OutputFormat.of(arguments)
    guard let topic = arguments.optionalArgument("TOPIC") else {
      let topics = try await letters.topics()
      switch format {
      case .json: try StandardOutput.print(json: try JSONValue(encoding: topics))
      case .table:
        var table = Table("topic", "source", "records#", "not put back#")
        for topic in topics { table.add(topic.name, topic.source, "\(topic.records)", "\(topic.notRedriven)") }
        try StandardOutput.print(table.text)
      }
      return
    }
    var found: [DeadLetter] = []
    try await letters.list(topic, try filter(arguments)) { letter in
      found.append(letter)
      return found.count < 100_000
    }
    switch format {
    case .json: try StandardOutput.print(json: try JSONValue(encoding: found))
    case .table:
      var table = Table("place", "time", "key", "class", "reason", "attempts#", "put back#", "message")
      for letter in found {
        table.add(
          "\(letter.coordinate)", letter.time.rfc3339, letter.record.keyText ?? "", letter.failureClass?.rawValue ?? "",
          letter.reason ?? "", letter.attempts.map(String.init) ?? "", "\(letter.redrives)",
          String((letter.message ?? "").prefix(80)))
      }
      try StandardOutput.print(table.text)
    }
  }

  private static func show(_ arguments: ParsedArguments) async throws {
    let text = arguments.argument("TOPIC/P/O")
    guard let coordinate = RecordCoordinate(text) else {
      throw arguments.usageError("a place is TOPIC/PARTITION/OFFSET, not \"\(text)\"")
    }
    guard let letter = try await letters(arguments).show(coordinate) else { throw Missing(what: "record", name: text) }
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: try JSONValue(encoding: letter))
    case .table:
      try StandardOutput.print("place     \(letter.coordinate)")
      try StandardOutput.print("source    \(letter.source.map(\.description) ?? "unknown")")
      try StandardOutput.print("time      \(letter.time.rfc3339)")
      try StandardOutput.print("cause     \(letter.failureClass?.rawValue ?? "?"), \(letter.reason ?? "?")")
      try StandardOutput.print("message   \(letter.message ?? "")")
      try StandardOutput.print(
        "attempts  \(letter.attempts.map(String.init) ?? "?"), put back \(letter.redrives) times")
      for header in letter.record.headers {
        try StandardOutput.print("header    \(header.name): \(header.text ?? "?")")
      }
      try StandardOutput.print("key       \(letter.record.keyText ?? "null")")
      try StandardOutput.print("value     \(letter.record.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")")
    }
  }

  private static func redrive(_ arguments: ParsedArguments) async throws {
    let report = try await letters(arguments).redrive(
      arguments.argument("TOPIC"), try filter(arguments), execute: arguments.has("--execute"),
      maximumRedrives: try arguments.int("--maximum-redrives", in: 1...1_000) ?? 3)
    switch try OutputFormat.of(arguments) {
    case .json: try StandardOutput.print(json: try JSONValue(encoding: report))
    case .table:
      let verb = report.executed ? "put back" : "would be put back"
      try StandardOutput.print(
        "\(report.matched) match; \(report.redriven) \(verb), \(report.looping) held by the loop guard, \(report.valueGone) have lost their value"
      )
      if !report.executed { Terminal.note("Nothing was changed; --execute does it.") }
    }
  }
}
