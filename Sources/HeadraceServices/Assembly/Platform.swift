import FoundationEssentials
import HeadraceBroker
public import HeadraceCore
import HeadraceDocuments
import HeadraceExtraction
import HeadraceGateway
import HeadraceKafka
import HeadraceLLM
import HeadraceStreams
import HeadraceTelemetry

/// The platform in one process: the roles that were asked for, and the embedded broker when no Kafka is named.
///
/// ```swift
/// let platform = Platform(configuration: configuration, roles: [.gateway, .enricher], environment: environment)
/// try await ServiceGroup([platform]).run()
/// ```
public final class Platform: Service {
  private let configuration: Configuration
  private let roles: Set<Role>
  private let embedsBroker: Bool
  private let environment: [String: String]
  private let onReady: @Sendable (PlatformAddresses) -> Void
  private let logger = Logger(label: "headrace.platform")

  /// A platform; nothing happens before ``run()``.
  ///
  /// - Parameters:
  ///   - configuration: Every setting, read and checked.
  ///   - roles: What this process does.
  ///   - embedsBroker: Whether an embedded broker stands in when `kafka.bootstrap-servers` is not set.
  ///   - environment: The process's environment, for the providers' own variables.
  ///   - onReady: Called once when everything is ready.
  public init(
    configuration: Configuration, roles: Set<Role>, embedsBroker: Bool, environment: [String: String],
    onReady: @escaping @Sendable (PlatformAddresses) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.roles = roles
    self.embedsBroker = embedsBroker
    self.environment = environment
    self.onReady = onReady
  }

  /// Runs until shut down or cancelled.
  ///
  /// - Throws: ``ConfigurationError`` when something can't be as configured; what a role throws when it can't go on.
  public func run() async throws {
    // What is wrong is said before anything is made: no folder, no topic, no client of Kafka.
    if roles.contains(.gateway) { try configuration.gateway().validate() }
    let models = roles.contains(.enricher) ? try configuration.llmClient(environment: environment) : nil
    let servers = configuration.string(.kafkaBootstrapServers)
    let folder = try DataFolder(
      path: configuration.requiredString(.dataFolder), isOwner: servers == nil || roles.contains(.gateway))
    if let servers {
      try await run(folder, bootstrapServers: servers, broker: nil, models)
    } else if embedsBroker {
      let broker = Broker(configuration.broker(folder: folder))
      try await broker.start()
      guard let servers = broker.bootstrapServers else {
        throw ConfigurationError("the embedded broker has no address")
      }
      do { try await run(folder, bootstrapServers: servers, broker: broker, models) } catch {
        try? await broker.stop(within: .seconds(5))
        throw error
      }
    } else {
      throw ConfigurationError("say which Kafka to use: --bootstrap-server, or kafka.bootstrap-servers")
    }
    withExtendedLifetime(folder) {}
  }

  private func run(
    _ folder: DataFolder, bootstrapServers: String, broker: Broker?, _ models: LLMClient?
  ) async throws {
    let kafka = configuration.kafka(bootstrapServers: bootstrapServers, preset: .processor)
    let blobs = try configuration.blobStore(folder.path)
    try await TopicCreation.ensure(kafka, configuration)
    guard let models else { return try await serve(folder, kafka, blobs, broker, nil) }
    let usage = try KafkaProducer(
      configuration: configuration.kafka(bootstrapServers: bootstrapServers, preset: .latency))
    do {
      let enricher = try await makeEnricher(kafka, folder, blobs, models, usage, isAlone: broker != nil)
      try await serve(folder, kafka, blobs, broker, enricher)
    } catch {
      _ = await usage.close(deadline: .seconds(2))
      throw error
    }
    _ = await usage.close(deadline: .seconds(5))
  }

  private func serve(
    _ folder: DataFolder, _ kafka: KafkaConfiguration, _ blobs: any BlobStore, _ broker: Broker?,
    _ enricher: EnricherService?
  ) async throws {
    var services: [any Service] = []
    if let endpoint = configuration.string(.telemetryOTLPEndpoint) { services.append(OTLPExporter(endpoint: endpoint)) }
    if let broker { services.append(broker) }
    if broker != nil || roles.contains(.enricher), let command = configuration.string(.llmLocalCommand) {
      services.append(LocalModelService(command: command))
    }
    var parts: [@Sendable () -> [ProbeServer.Part]] = []
    var documents: DocumentService?
    if roles.contains(.gateway) {
      let service = DocumentService(configuration: configuration.documents(kafka, folder), blobs: blobs)
      services.append(service)
      documents = service
      parts.append { service.health.parts.map { .init(name: $0.name, isReady: $0.isReady, detail: $0.detail) } }
    }
    if let enricher {
      services.append(enricher.spend)
      services.append(ModelShares(llm: enricher.llm, enricher: enricher.enricher, kafka: kafka))
      services.append(enricher)
      services.append(ReplayService(kafka: kafka, targets: [enricher.replayTarget]))
      parts.append { [.init(name: "enricher", isReady: enricher.isReady, detail: enricher.detail)] }
    }
    let probes = parts
    var gateway: Gateway?
    if let documents {
      let made = try Gateway(configuration: configuration.gateway(), documents: documents) {
        probes.dropFirst().flatMap { $0() }
          .map { GatewayDependency(name: $0.name, isReady: $0.isReady, detail: $0.detail) }
      }
      gateway = made
      services.append(made)
    }
    var probeServer: ProbeServer?
    if let port = configuration.int(.telemetryMetricsPort) {
      let server = ProbeServer(port: port) { probes.flatMap { $0() } }
      probeServer = server
      services.append(server)
    }
    services.append(
      Announcement { [configuration, onReady, gateway, probeServer, documents] in
        var addresses = PlatformAddresses(
          bootstrapServers: kafka.bootstrapServers.joined(separator: ","), isEmbedded: broker != nil,
          dataFolder: folder.path)
        if let gateway {
          addresses.gateway = "http://\(configuration.requiredString(.gatewayHost)):\(try await gateway.boundPort())"
        }
        if let probeServer { addresses.metrics = "http://127.0.0.1:\(try await probeServer.boundPort())" }
        try await documents?.waitUntilReady(timeout: .seconds(3600))
        onReady(addresses)
      })
    if let enricher { services.append(ModelStop(llm: enricher.llm)) }
    var group = ServiceGroup.Configuration()
    group.signals = []
    group.shutdownBudget = .seconds(configuration.requiredInt(.shutdownSeconds))
    try await ServiceGroup(services, configuration: group).run()
  }

  private func makeEnricher(
    _ kafka: KafkaConfiguration, _ folder: DataFolder, _ blobs: any BlobStore, _ llm: LLMClient,
    _ usage: KafkaProducer, isAlone: Bool
  ) async throws -> EnricherService {
    if !llm.isConfigured {
      logger.warning(
        "no model is configured: documents wait until one is. Set HEADRACE_LLM_BASE_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY"
      )
    }
    let writer = UUID().uuidString
    let spend = SpendLog(llm, topic: PlatformTopics.usage, writer: writer, kafka: kafka)
    try await spend.restore()
    let extractor = Extractor(configuration: configuration.extraction())
    let health = await extractor.prepare()
    for note in health.notes { logger.notice("extraction: \(note)") }
    let admin = try KafkaAdmin(configuration: kafka)
    let cluster: String
    do { cluster = try await admin.cluster().clusterID } catch {
      await admin.close()
      throw error
    }
    await admin.close()
    let sink = KafkaUsageSink(
      producer: usage, topic: PlatformTopics.usage, source: "/headrace/\(cluster)/\(PlatformTopics.enricherName)",
      writer: writer)
    var settings = configuration.enricher(kafka)
    // One process, one folder: a restart takes its own place in the group instead of waiting for its former self's
    // session to end. `serve` does so only when told to: its members come and go.
    settings.groupInstanceID = try configuration.string(.enricherInstanceID) ?? (isAlone ? folder.instanceID() : nil)
    return EnricherService(
      enricher: DocumentEnricher(configuration: settings, llm: llm, usage: sink, blobs: blobs, extractor: extractor),
      replayTarget: EnricherReplayTarget(
        configuration: settings, llm: llm, usage: sink, blobs: blobs, extractor: extractor),
      llm: llm, spend: spend)
  }
}
