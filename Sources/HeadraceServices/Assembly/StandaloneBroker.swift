import HeadraceBroker
public import HeadraceCore

/// The embedded broker as a process of its own.
public final class StandaloneBroker: Service {
  private let configuration: Configuration
  private let host: String?
  private let onReady: @Sendable (PlatformAddresses) -> Void

  /// A broker; nothing happens before ``run()``.
  ///
  /// - Parameters:
  ///   - configuration: The data folder and the broker's settings.
  ///   - host: A loopback address; any other is refused when it starts.
  ///   - onReady: Called once when clients can connect.
  public init(
    configuration: Configuration, host: String? = nil, onReady: @escaping @Sendable (PlatformAddresses) -> Void
  ) {
    self.configuration = configuration
    self.host = host
    self.onReady = onReady
  }

  /// Runs until shut down or cancelled.
  public func run() async throws {
    let folder = try DataFolder(path: configuration.requiredString(.dataFolder))
    var settings = configuration.broker(folder: folder)
    if let host { settings.host = host }
    let broker = Broker(settings)
    try await broker.start()
    var services: [any Service] = [broker]
    var probes: ProbeServer?
    if let port = configuration.int(.telemetryMetricsPort) {
      let server = ProbeServer(port: port) { [.init(name: "log", isReady: broker.boundPort != nil, detail: "")] }
      probes = server
      services.append(server)
    }
    services.append(
      Announcement { [onReady, probes] in
        var addresses = PlatformAddresses(
          bootstrapServers: broker.bootstrapServers ?? "", isEmbedded: true, dataFolder: folder.path)
        if let probes { addresses.metrics = "http://127.0.0.1:\(try await probes.boundPort())" }
        onReady(addresses)
      })
    var group = ServiceGroup.Configuration()
    group.signals = []
    group.shutdownBudget = .seconds(configuration.requiredInt(.shutdownSeconds))
    try await ServiceGroup(services, configuration: group).run()
    withExtendedLifetime(folder) {}
  }
}
