import FoundationEssentials
import Glibc
import HeadraceCore
import HeadraceServices
import HeadraceTelemetry

/// What `up`, `serve` and `broker` share.
enum PlatformOptions {
  static let data = Option.value(
    "--data", as: "DIR", help: "the data folder; default: .headrace", completion: .files)
  static let port = Option.value("--port", as: "PORT", help: "the gateway's port; default: 8080, 0 takes any")
  static let logLevel = Option.value(
    "--log-level", as: "LEVEL", help: "trace, debug, info, notice, warning, error or critical",
    completion: .oneOf(LogLevel.allCases.map(\.rawValue)))
  static let logFormat = Option.value(
    "--log-format", as: "FORMAT", help: "text or json", completion: .oneOf(["text", "json"]))

  /// Options and the settings they set.
  static let settings = [
    "--data": "data-folder", "--port": "gateway.port", "--broker-port": "broker.port",
    "--metrics-port": "telemetry.metrics-port", "--durability": "broker.durability",
    "--partitions": "broker.partitions", "--log-level": "telemetry.log-level", "--log-format": "telemetry.log-format",
  ]

  /// Reads the settings and sets logging up by them.
  static func configuration(_ arguments: ParsedArguments, options: [String]) throws -> Configuration {
    let configuration = try CommonOptions.configuration(
      arguments, options: settings.filter { options.contains($0.key) })
    configuration.setUpLogging()
    return configuration
  }

  /// Runs a service with the process's signals until it ends.
  static func run(_ service: any Service, _ configuration: Configuration) async throws {
    var group = ServiceGroup.Configuration()
    group.shutdownBudget = .seconds(configuration.shutdownSeconds + 1)
    group.cancellationBudget = .seconds(4)
    // The promise is that SIGTERM ends the process. What is acknowledged is safe whatever happens now.
    group.onStuck = { services in
      Terminal.note("headrace: these services do not end, so the process does: \(services.joined(separator: ", "))")
      _exit(ExitCode.failure.rawValue)
    }
    try await ServiceGroup([service], configuration: group).run()
  }
}
