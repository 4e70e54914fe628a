internal import HeadraceCore
internal import HeadraceHTTPServer
internal import HeadraceTelemetry

/// What operators and their machines ask: is it alive, is it ready, what does it count, what does an error mean.
struct ProbeOperations: Sendable {
  let metrics: MetricsRegistry
  let dependencies: @Sendable () -> [GatewayDependency]

  init(metrics: MetricsRegistry, dependencies: @escaping @Sendable () -> [GatewayDependency]) {
    self.metrics = metrics
    self.dependencies = dependencies
  }

  func live(_: HTTPRequest) async throws -> HTTPResponse {
    .bytes(JSONValue.object([.init("status", "live")]).bytes, contentType: "application/json")
  }

  func ready(_ request: HTTPRequest) async throws -> HTTPResponse {
    let dependencies = dependencies()
    let isReady = dependencies.allSatisfy(\.isReady) && !request.drain.isDraining
    let body: JSONValue = [
      "status": isReady ? "ready" : (request.drain.isDraining ? "draining" : "notReady"),
      "dependencies": .array(
        dependencies.map { dependency in
          var members: JSONValue = ["name": .string(dependency.name), "ready": .bool(dependency.isReady)]
          if !dependency.detail.isEmpty { members["detail"] = .string(dependency.detail) }
          return members
        }),
    ]
    var response = HTTPResponse.bytes(
      body.bytes, contentType: "application/json", status: isReady ? .ok : .serviceUnavailable)
    response.headers["cache-control"] = "no-store"
    if !isReady { response.headers["retry-after"] = "1" }
    return response
  }

  func scrape(_: HTTPRequest) async throws -> HTTPResponse {
    .text(metrics.renderPrometheus(), contentType: "text/plain; version=0.0.4; charset=utf-8")
  }

  func problem(_ request: HTTPRequest) async throws -> HTTPResponse {
    let name = try request.parameter("name")
    guard let page = ProblemPages.pages[name] else {
      throw GatewayProblem.notFound.error("There is no problem named \(name).")
    }
    return .text(page, contentType: "text/markdown; charset=utf-8")
  }

  func schema(_ request: HTTPRequest) async throws -> HTTPResponse {
    let path = "\(try request.parameter("type"))/\(try request.parameter("version"))"
    guard let schema = EventSchemas.all[path] else {
      throw GatewayProblem.notFound.error("There is no schema at \(path).")
    }
    return .text(schema, contentType: "application/schema+json")
  }
}
