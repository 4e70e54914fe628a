import FoundationEssentials
import HeadraceCore
import HeadraceServices

/// `headrace up`: everything in one process.
enum UpCommand {
  static let command = Command.verb(
    "up", "Run everything in one process: embedded broker, gateway, enricher.",
    discussion: """
      With a bootstrap server it uses that Kafka instead of the embedded broker. Addresses are printed when everything is
      ready. Ctrl-C or SIGTERM ends it gracefully; a second one at once.
      """,
    options: [
      PlatformOptions.data, PlatformOptions.port,
      .value("--broker-port", as: "PORT", help: "the embedded broker's port; default: 9092, 0 takes any"),
      .value("--metrics-port", as: "PORT", help: "a port for probes and metrics beside the gateway's"),
      .value("--durability", as: "fsync|os", help: "of the embedded broker", completion: .oneOf(["fsync", "os"])),
      PlatformOptions.logLevel, PlatformOptions.logFormat, OutputFormat.option,
    ], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let configuration = try PlatformOptions.configuration(
      arguments,
      options: ["--data", "--port", "--broker-port", "--metrics-port", "--durability", "--log-level", "--log-format"])
    let format = try OutputFormat.of(arguments)
    let platform = Platform(
      configuration: configuration, roles: [.gateway, .enricher], embedsBroker: true,
      environment: ProcessInfo.processInfo.environment
    ) { addresses in
      try? StandardOutput.print(PlatformText.ready(addresses, format))
    }
    try await PlatformOptions.run(platform, configuration)
  }
}
