import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import HeadraceServices

/// `headrace verifiable-producer` and `verifiable-consumer`: the flags and lines of Kafka's own system-test clients.
enum VerifiableCommands {
  static let producer = Command.verb(
    "verifiable-producer", "Write numbers and print a JSON line for each event, as Kafka's VerifiableProducer does.",
    options: [
      .value("--topic", as: "TOPIC", help: "the topic"),
      .value("--max-messages", as: "N", help: "end after so many; default -1, never"),
      .value("--throughput", as: "N", help: "records a second; default -1, as fast as possible"),
      .value("--acks", as: "N", help: "-1 (all), 1 or 0"),
      .value("--message-create-time", as: "MS", help: "the timestamp of the first record"),
      .value("--value-prefix", as: "N", help: "an integer before each value, with a dot"),
      .value("--repeating-keys", as: "N", help: "keys from 0 to N-1, again and again"),
      commandConfig,
      .value("--producer.config", as: "FILE", help: "the old name of --command-config", completion: .files),
    ]
  ) { arguments in
    var configuration = try configuration(arguments)
    switch try arguments.int("--acks", in: -1...1) ?? -1 {
    case 0: configuration.producer.acks = .none
    case 1: configuration.producer.acks = .leader
    default: configuration.producer.acks = .all
    }
    var options = VerifiableProducer.Options(topic: try topic(arguments))
    options.maxMessages = Int64(try arguments.int("--max-messages") ?? -1)
    options.throughput = Int64(try arguments.int("--throughput") ?? -1)
    options.valuePrefix = try arguments.int("--value-prefix")
    options.repeatingKeys = try arguments.int("--repeating-keys", in: 1...Int.max)
    options.messageCreateTime = try arguments.int("--message-create-time").map(Int64.init)
    let client = VerifiableProducer(configuration: configuration, options: options)
    try await run { try await client.run { Terminal.write(1, $0) } }
  }

  static let consumer = Command.verb(
    "verifiable-consumer", "Read as a group and print a JSON line for each event, as Kafka's VerifiableConsumer does.",
    options: [
      .value("--topic", as: "TOPIC", help: "the topic"), .value("--group-id", as: "GROUP", help: "the group"),
      .value("--group-protocol", as: "classic", help: "classic; consumer (KIP-848) is not spoken"),
      .value("--group-instance-id", as: "ID", help: "static membership"),
      .value("--max-messages", as: "N", help: "end after so many; default -1, never"),
      .value("--session-timeout", as: "MS", help: "default 30000"),
      .flag("--verbose", help: "a line for each record"),
      .flag("--enable-autocommit", help: "commit in the background"),
      .value("--reset-policy", as: "POLICY", help: "earliest (default), latest or none"),
      .value("--assignment-strategy", as: "CLASS", help: "Java's name of an assignor"),
      commandConfig,
      .value("--consumer.config", as: "FILE", help: "the old name of --command-config", completion: .files),
    ]
  ) { arguments in
    var configuration = try configuration(arguments)
    guard let group = arguments.string("--group-id") else { throw arguments.usageError("--group-id is missing") }
    guard (arguments.string("--group-protocol") ?? "classic").lowercased() == "classic" else {
      throw arguments.usageError("--group-protocol: librdkafka 2.0.2 speaks the classic protocol only")
    }
    configuration.consumer.groupID = group
    configuration.consumer.groupInstanceID = arguments.string("--group-instance-id")
    configuration.consumer.sessionTimeout = .milliseconds(
      try arguments.int("--session-timeout", in: 1...Int.max) ?? 30_000)
    switch arguments.string("--reset-policy") ?? "earliest" {
    case "earliest": configuration.consumer.startWhenNoOffset = .earliest
    case "latest": configuration.consumer.startWhenNoOffset = .latest
    case "none": configuration.consumer.startWhenNoOffset = .fail
    case let other: throw arguments.usageError("--reset-policy takes earliest, latest or none, not \"\(other)\"")
    }
    switch arguments.string("--assignment-strategy")?.split(separator: ".").last {
    case nil, "RangeAssignor": configuration.consumer.assignor = .range
    case "RoundRobinAssignor": configuration.consumer.assignor = .roundRobin
    case "CooperativeStickyAssignor", "StickyAssignor": configuration.consumer.assignor = .cooperativeSticky
    case let other?: throw arguments.usageError("--assignment-strategy: \(other) is not known")
    }
    var options = VerifiableConsumer.Options(topic: try topic(arguments))
    options.maxMessages = Int64(try arguments.int("--max-messages") ?? -1)
    options.isVerbose = arguments.has("--verbose")
    options.commitsAutomatically = arguments.has("--enable-autocommit")
    let client = VerifiableConsumer(configuration: configuration, options: options)
    try await run { try await client.run { Terminal.write(1, $0) } }
  }

  private static let commandConfig = Option.value(
    "--command-config", as: "FILE", help: "a properties file of the client", completion: .files)

  private static func topic(_ arguments: ParsedArguments) throws -> String {
    guard let topic = arguments.string("--topic") else { throw arguments.usageError("--topic is missing") }
    return topic
  }

  /// The client's settings; a properties file is read line by line, `key=value`.
  private static func configuration(_ arguments: ParsedArguments) throws -> KafkaConfiguration {
    var configuration = try KafkaSession.configuration(arguments)
    let file =
      arguments.string("--command-config") ?? arguments.string("--producer.config")
      ?? arguments.string("--consumer.config")
    guard let file else { return configuration }
    guard let data = try? Data(contentsOf: URL(filePath: file)) else { throw FileError(path: file, code: 2) }
    for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, !line.hasPrefix("#") else { continue }
      configuration.extra[parts[0].filter { $0 != " " }] = String(parts[1].drop { $0 == " " })
    }
    return configuration
  }

  /// Runs a client as a service: SIGTERM ends it gracefully, and the exit code is then 143, as of Java's.
  private static func run(_ client: @escaping @Sendable () async throws -> Void) async throws {
    let service = ClientService(client: client)
    try await ServiceGroup([service]).run()
    if service.wasAskedToEnd { throw ExitCode.terminated }
  }
}
