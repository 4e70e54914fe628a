import FoundationEssentials
import HeadraceCore
import HeadraceServices

/// `headrace serve`: some roles, on a Kafka.
enum ServeCommand {
  static let command = Command.verb(
    "serve", "Run roles on a Kafka: gateway, enricher; as many processes and machines as you like.",
    options: [
      PlatformOptions.data, PlatformOptions.port,
      .value("--metrics-port", as: "PORT", help: "a port for /livez, /readyz and /metrics"),
      PlatformOptions.logLevel, PlatformOptions.logFormat, OutputFormat.option,
    ],
    arguments: [
      Argument(
        name: "ROLE", help: Role.allCases.map(\.rawValue).joined(separator: " or "), repeats: true,
        completion: .oneOf(Role.allCases.map(\.rawValue)))
    ], run: run)

  private static func run(_ arguments: ParsedArguments) async throws {
    let configuration = try PlatformOptions.configuration(
      arguments, options: ["--data", "--port", "--metrics-port", "--log-level", "--log-format"])
    let words = arguments.arguments("ROLE").flatMap { $0.split(separator: ",").map(String.init) }
    let roles = try words.map { word in
      guard let role = Role(rawValue: word) else {
        let known = Role.allCases.map(\.rawValue)
        let hint = NearestName.suggestion(for: word, among: known)
        throw arguments.usageError("there is no role \"\(word)\"\(hint); known are \(known.joined(separator: ", "))")
      }
      return role
    }
    let format = try OutputFormat.of(arguments)
    let platform = Platform(
      configuration: configuration, roles: Set(roles), embedsBroker: false,
      environment: ProcessInfo.processInfo.environment
    ) { addresses in
      try? StandardOutput.print(PlatformText.ready(addresses, format))
    }
    try await PlatformOptions.run(platform, configuration)
  }
}
