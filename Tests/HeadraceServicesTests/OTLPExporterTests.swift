import HeadraceCore
import HeadraceHTTPServer
import HeadraceTelemetry
import Synchronization
import Testing

@testable import HeadraceServices

@Suite(.timeLimit(.minutes(1))) struct OTLPExporterTests {
  @Test func spansReachACollector() async throws {
    let bodies = Mutex<[JSONValue]>([])
    var router = Router()
    router.post("/v1/traces", bodyLimit: 1 << 20) { request in
      let body = try await request.body.collect(upTo: 1 << 20)
      let value = (try? JSONValue(parsing: body)) ?? .null
      bodies.withLock { $0.append(value) }
      return .text("{}")
    }
    try await withHTTPServer(router) { _, port in
      // Its own tracer: what other tests of the process trace would crowd this span out of the queue, and out of a body
      // that the collector takes.
      let tracer = Tracer()
      let exporter = OTLPExporter(endpoint: "http://127.0.0.1:\(port)/", tracer: tracer, metrics: MetricsRegistry())
      let group = ServiceGroup(
        [exporter],
        configuration: {
          var c = ServiceGroup.Configuration(); c.signals = []; return c
        }())
      async let run: Void = group.run()
      while !tracer.isExporting { try await Task.sleep(for: .milliseconds(5)) }
      let parent = TraceContext.random()
      struct Failed: Error {}
      _ = try? await tracer.withSpan("work", kind: .client, parent: parent, attributes: ["a": "b"]) { _ in
        throw Failed()
      }
      group.triggerGracefulShutdown()
      try await run
      let spans = bodies.withLock { $0 }.flatMap { $0["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.array ?? [] }
      let span = try #require(spans.first { $0["name"]?.string == "work" })
      #expect(span["traceId"]?.string == parent.traceID)
      #expect(span["parentSpanId"]?.string == parent.spanID)
      #expect(span["kind"]?.int == 3)
      #expect(span["status"]?["code"]?.int == 2)
    }
  }
}
