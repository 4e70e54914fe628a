import HeadraceCore
import HeadraceServices

/// `headrace broker`: the embedded broker alone.
enum BrokerCommand {
  static let command = Command.verb(
    "broker", "Run the embedded broker alone: one node that speaks Kafka's protocol, on loopback.",
    options: [
      PlatformOptions.data, .value("--host", as: "ADDRESS", help: "a loopback address; default: 127.0.0.1"),
      .value("--port", as: "PORT", help: "default: 9092, 0 takes any"),
      .value(
        "--durability", as: "fsync|os",
        help: "fsync (default): acknowledged means safe from a power cut; os: from kill -9 only",
        completion: .oneOf(["fsync", "os"])),
      .value("--partitions", as: "N", help: "of topics created without a number; default: 1"),
      .value("--metrics-port", as: "PORT", help: "a port for /livez, /readyz and /metrics"),
      PlatformOptions.logLevel, PlatformOptions.logFormat, OutputFormat.option,
    ], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    var names = PlatformOptions.settings
    names["--port"] = "broker.port"
    let configuration = try CommonOptions.configuration(
      arguments, options: names.filter { $0.key != "--broker-port" })
    configuration.setUpLogging()
    let format = try OutputFormat.of(arguments)
    let broker = StandaloneBroker(configuration: configuration, host: arguments.string("--host")) { addresses in
      try? StandardOutput.print(PlatformText.ready(addresses, format))
    }
    try await PlatformOptions.run(broker, configuration)
  }
}
