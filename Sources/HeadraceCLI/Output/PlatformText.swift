import HeadraceCore
import HeadraceServices

/// What a platform says on standard output when it is ready.
enum PlatformText {
  static func ready(_ addresses: PlatformAddresses, _ format: OutputFormat) -> String {
    switch format {
    case .json:
      return JSONValue.object(
        [
          .init("ready", .bool(true)), .init("bootstrapServers", .string(addresses.bootstrapServers)),
          .init("embeddedBroker", .bool(addresses.isEmbedded)),
          .init("gateway", addresses.gateway.map { .string($0) } ?? .null),
          .init("metrics", addresses.metrics.map { .string($0) } ?? .null),
          .init("dataFolder", .string(addresses.dataFolder)),
        ]
      ).text
    case .table:
      var lines = ["headrace is ready"]
      if let gateway = addresses.gateway { lines.append("  gateway  \(gateway)") }
      lines.append("  kafka    \(addresses.bootstrapServers)\(addresses.isEmbedded ? " (embedded broker)" : "")")
      if let metrics = addresses.metrics { lines.append("  metrics  \(metrics)/metrics") }
      lines.append("  data     \(addresses.dataFolder)")
      return lines.joined(separator: "\n")
    }
  }
}
