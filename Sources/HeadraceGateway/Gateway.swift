public import HeadraceCore
public import HeadraceDocuments
internal import HeadraceHTTPServer
public import HeadraceTelemetry

/// The HTTP face of the platform: documents in, their states, contents and events out.
///
/// ```swift
/// let gateway = try Gateway(configuration: GatewayConfiguration(), documents: documents)
/// // run it in a ServiceGroup, after the documents that it needs
/// ```
/// A graceful shutdown drains: no more connections, requests that wait are answered with what is known, event streams
/// are told to come again with their cursor; all within `drainTimeout`.
public final class Gateway: Service {
  private let server: HTTPServer
  private let logger = Logger(label: "headrace.gateway")
  private let host: String
  /// What is served, for tests that hold the description to it.
  package let operations: [GatewayOperation]

  /// A gateway that listens once it runs.
  ///
  /// - Parameters:
  ///   - configuration: address, limits and time-outs.
  ///   - documents: the service behind it, run by the caller.
  ///   - metrics: what `/metrics` shows and what the gateway counts into.
  ///   - dependencies: what `/readyz` asks beside the documents' own; called for each request, so it should be cheap.
  /// - Throws: `GatewayError` where the address is not loopback's.
  public init(
    configuration: GatewayConfiguration = GatewayConfiguration(), documents: DocumentService,
    metrics: MetricsRegistry = .shared, dependencies: @escaping @Sendable () -> [GatewayDependency] = { [] }
  ) throws {
    let names = LoopbackGuard(allowedHosts: configuration.allowedHosts)
    try configuration.validate()
    host = configuration.address
    let documentOperations = DocumentOperations(documents: documents, configuration: configuration)
    let probes = ProbeOperations(metrics: metrics) {
      documents.health.parts.map { GatewayDependency(name: $0.name, isReady: $0.isReady, detail: $0.detail) }
        + dependencies()
    }
    var operations = documentOperations.all + probes.all
    let description = OpenAPIOperation.make(of: operations)
    operations.append(description)
    self.operations = operations

    var router = Router()
    let observer = RequestObserver(metrics: metrics, operations: operations)
    router.use { request, next in try await observer.observe(request, next) }
    router.use { request, next in
      try names.check(request)
      return try await next(request)
    }
    for operation in operations {
      router.on(operation.method, operation.path, bodyLimit: operation.bodyLimit, handler: operation.handler)
    }
    var listen = HTTPServerConfiguration(host: host, port: configuration.port)
    listen.connections = configuration.maximumConnections
    // Handlers read heads, write JSON and wait: files, the log and the view have threads of their own.
    listen.handlers = .loop
    listen.drainTimeout = configuration.drainTimeout
    server = HTTPServer(configuration: listen, router: router)
  }

  /// Listens and serves until shut down or cancelled. Throws when the address cannot be bound.
  public func run() async throws {
    async let announced: Void = announce()
    try await server.run()
    await announced
  }

  /// The port it listens on; waits until it does. Throws what kept it from listening.
  public func boundPort() async throws -> Int { try await server.boundPort() }

  /// Begins to drain; `run` returns when it is done. A graceful shutdown does the same.
  public func drain() { server.drain() }

  private func announce() async {
    guard let port = try? await server.boundPort() else { return }
    let shown = host.contains(":") ? "[\(host)]" : host
    logger.info("serving", ["url": "http://\(shown):\(port)"])
  }
}
