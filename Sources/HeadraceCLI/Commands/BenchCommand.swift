import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceServices
import HeadraceStreams

/// `headrace bench`: figures of this machine, one JSON line each.
enum BenchCommand {
  private static let topic = Argument(name: "TOPIC", help: "the topic; it must exist")
  private static let common: [Option] = [
    .value("-n", "--records", as: "N", help: "how many; default 1,000,000 (latency: 1,000)"),
    .value("--size", as: "BYTES", help: "of a value; default 100"),
    .value("--tasks", as: "N", help: "tasks of the mode send; default 1,000"),
  ]

  static let command = Command.noun(
    "bench", "Measure clients and processors; one JSON line for each figure.",
    [
      .verb(
        "produce", "Write records.",
        options: common + [mode(KafkaBenchmark.ProduceMode.allCases.map(\.rawValue), "enqueueBatch"), acks],
        arguments: [topic]
      ) { arguments in
        var configuration = try KafkaSession.configuration(arguments, preset: .throughput)
        if let acks = arguments.string("--acks") {
          configuration.producer.acks = acks == "1" ? .leader : acks == "0" ? .none : .all
          if acks != "all" { configuration.producer.idempotent = false }
        }
        let mode = try arguments.choice("--mode", as: KafkaBenchmark.ProduceMode.self) ?? .enqueueBatch
        try show(try await KafkaBenchmark.produce(configuration, try options(arguments), mode: mode))
      },
      .verb(
        "consume", "Read the first records of a topic.",
        options: common + [mode(KafkaBenchmark.ConsumeMode.allCases.map(\.rawValue), "batches")], arguments: [topic]
      ) { arguments in
        let configuration = try KafkaSession.configuration(arguments, preset: .throughput)
        let mode = try arguments.choice("--mode", as: KafkaBenchmark.ConsumeMode.self) ?? .batches
        try show(try await KafkaBenchmark.consume(configuration, try options(arguments), mode: mode))
      },
      .verb("latency", "Send records one by one and wait for each at a reader.", options: common, arguments: [topic]) {
        arguments in
        let configuration = try KafkaSession.configuration(arguments, preset: .latency)
        var options = try options(arguments)
        options.records = try arguments.int("--records", in: 1...Int.max) ?? 1_000
        try show(try await KafkaBenchmark.latency(configuration, options))
      },
      .verb(
        "process", "Run a processor whose handler waits and copies the record.",
        discussion:
          "It ends when the ends seen at the start are acknowledged; several at once share the group. SIGTERM is a graceful stop.",
        options: [
          .value("--input", as: "TOPIC", help: "the input"), .value("--output", as: "TOPIC", help: "where copies go"),
          .value("-g", "--group", as: "GROUP", help: "the group"),
          .value("--handler-ms", as: "MS", help: "how long the handler waits; default 0"),
          .value("--slots", as: "N", help: "handlers at once; default 1,000"),
          .value(
            "--order", as: "ORDER", help: "key (default), partition or none",
            completion: .oneOf(ProcessingOrder.allCases.map(\.rawValue))),
          .value(
            "--guarantee", as: "GUARANTEE", help: "exactly-once (default) or at-least-once",
            completion: .oneOf(ProcessingGuarantee.allCases.map(\.rawValue))),
          .value("--commit-ms", as: "MS", help: "between commits; default 100"),
          .flag("--mix", help: "handlers wait as for a model: log-normal times, 2 % turned away, 0.5 % poison"),
          .value("--mix-rate", as: "N", help: "calls a second that the model of --mix takes; default: no limit"),
          .flag("--floor", help: "a consumer with a task for each record instead: no order, no commits"),
          .flag("--runs-on", help: "go on at the end, until SIGTERM"),
        ], run: process),
    ])

  private static let acks = Option.value(
    "--acks", as: "all|1|0", help: "default: all", completion: .oneOf(["all", "1", "0"]))

  private static func mode(_ words: [String], _ standard: String) -> Option {
    .value(
      "--mode", as: "MODE", help: "\(words.joined(separator: ", ")); default \(standard)", completion: .oneOf(words))
  }

  private static func options(_ arguments: ParsedArguments) throws -> KafkaBenchmark.Options {
    var options = KafkaBenchmark.Options(topic: arguments.argument("TOPIC"))
    options.records = try arguments.int("--records", in: 1...Int.max) ?? 1_000_000
    options.size = try arguments.bytes("--size") ?? 100
    options.tasks = try arguments.int("--tasks", in: 1...1_000_000) ?? 1_000
    return options
  }

  private static func show(_ figures: [KafkaBenchmark.Figure]) throws {
    for figure in figures { Terminal.write(1, figure.line) }
  }

  private static func process(_ arguments: ParsedArguments) async throws {
    guard let input = arguments.string("--input") else { throw arguments.usageError("--input is missing") }
    var options = ProcessBenchmark.Options(
      input: input, output: arguments.string("--output"), group: arguments.string("--group"))
    options.handlerMilliseconds = try arguments.int("--handler-ms", in: 0...3_600_000) ?? 0
    options.slots = try arguments.int("--slots", in: 1...1_000_000) ?? 1_000
    options.order = try arguments.choice("--order", as: ProcessingOrder.self) ?? .key
    options.guarantee = try arguments.choice("--guarantee", as: ProcessingGuarantee.self) ?? .exactlyOnce
    options.commitInterval = .milliseconds(try arguments.int("--commit-ms", in: 1...60_000) ?? 100)
    options.isModelMix = arguments.has("--mix")
    options.modelCallsPerSecond = try arguments.int("--mix-rate", in: 1...1_000_000)
    options.isFloor = arguments.has("--floor")
    options.runsOn = arguments.has("--runs-on")
    let benchmark = ProcessBenchmark(options, kafka: try KafkaSession.configuration(arguments, preset: .processor))
    let service = ClientService {
      let report = try await benchmark.run()
      try StandardOutput.print(try report.json())
    }
    try await ServiceGroup([service]).run()
  }
}
