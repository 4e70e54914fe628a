import FoundationEssentials
import HeadraceCore
import HeadraceServices

/// The options that every command takes, and the settings that follow from them.
enum CommonOptions {
  static let all: [Option] = [
    .value(
      "-b", "--bootstrap-server", as: "HOST:PORT[,…]",
      help: "the Kafka to talk to; default: HEADRACE_KAFKA_BOOTSTRAP_SERVERS, else 127.0.0.1:9092"),
    .value("-X", as: "KEY=VALUE", help: "any property of librdkafka", repeats: true),
    .value("--config", as: "FILE", help: "a configuration file (YAML)", completion: .files),
    .value("--set", as: "KEY=VALUE", help: "any setting of `headrace config keys`", repeats: true),
  ]

  /// Where a Kafka is looked for when nobody says.
  static let defaultBootstrapServers = "127.0.0.1:9092"

  /// Reads the settings in force for a command line; `options` maps options of the command to settings.
  static func configuration(
    _ arguments: ParsedArguments, options: [String: ConfigurationKey.Name] = [:]
  ) throws -> Configuration {
    let environment = ProcessInfo.processInfo.environment
    var said: [(name: String, value: String, option: String)] = []
    for pair in try arguments.pairs("--set") { said.append((pair.key, pair.value, "--set")) }
    if let servers = arguments.string("--bootstrap-server") {
      said.append(("kafka.bootstrap-servers", servers, "--bootstrap-server"))
    }
    for (option, name) in options.sorted(by: { $0.key < $1.key }) {
      if let value = arguments.string(option) { said.append((name, value, option)) }
    }
    let file = arguments.string("--config") ?? environment["HEADRACE_CONFIG"]
    do {
      var configuration = try Configuration.load(commandLine: said, environment: environment, file: file)
      for pair in try arguments.pairs("-X") { configuration.addKafkaProperty(pair.key, pair.value) }
      return configuration
    } catch let error as ConfigurationError {
      throw arguments.usageError(error.description)
    }
  }
}
