import HeadraceCore
import HeadraceHTTPServer
import HeadraceTelemetry

/// `/livez`, `/readyz` and `/metrics` for a process that serves no HTTP otherwise.
final class ProbeServer: Service {
  /// Something that this process needs.
  struct Part: Sendable {
    var name: String
    var isReady: Bool
    var detail: String
  }

  private let server: HTTPServer

  /// - Parameter parts: What `/readyz` asks at each request.
  init(port: Int, metrics: MetricsRegistry = .shared, parts: @escaping @Sendable () -> [Part]) {
    var router = Router()
    router.get("/livez") { _ in .text("ok\n") }
    router.get("/metrics") { _ in
      .bytes(Array(metrics.renderPrometheus().utf8), contentType: "text/plain; version=0.0.4; charset=utf-8")
    }
    router.get("/readyz") { _ in
      let parts = parts()
      let isReady = parts.allSatisfy(\.isReady)
      let body: JSONValue = [
        "status": isReady ? "ready" : "not ready",
        "dependencies": .array(
          parts.map { ["name": .string($0.name), "ready": .bool($0.isReady), "detail": .string($0.detail)] }),
      ]
      return HTTPResponse(
        status: isReady ? .ok : .serviceUnavailable, headers: ["content-type": "application/json"],
        body: .bytes(body.bytes))
    }
    server = HTTPServer(configuration: .init(host: "127.0.0.1", port: port), router: router)
  }

  func run() async throws { try await server.run() }

  func boundPort() async throws -> Int { try await server.boundPort() }
}
