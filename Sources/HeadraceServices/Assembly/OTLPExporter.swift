import HeadraceCore
import HeadraceHTTP
import HeadraceTelemetry
import Synchronization

/// Sends finished spans to an OpenTelemetry collector: OTLP over HTTP, JSON encoding, in batches.
///
/// Spans wait in a bounded queue; when the collector is away the oldest are dropped and counted, and nothing waits for it.
final class OTLPExporter: SpanExporter, Service {
  private static let capacity = 4096
  private static let batch = 512

  private struct State {
    var spans: [Span] = []
    var dropped = 0
  }

  private let url: String
  private let tracer: Tracer
  private let http = HTTPClient()
  private let state = Mutex(State())
  private let logger = Logger(label: "headrace.otlp")
  private let droppedTotal: Counter

  /// - Parameters:
  ///   - endpoint: The collector's base URL, e.g. `http://127.0.0.1:4318`.
  ///   - tracer: Whose spans it takes while it runs.
  init(endpoint: String, tracer: Tracer = .shared, metrics: MetricsRegistry = .shared) {
    self.tracer = tracer
    url = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/v1/traces"
    droppedTotal = metrics.counter(
      "headrace_otlp_spans_dropped_total", help: "Spans dropped since the collector did not take them.")
  }

  func export(_ span: Span) {
    guard span.context.isSampled else { return }
    let isFull = state.withLock { state in
      state.spans.append(span)
      guard state.spans.count > Self.capacity else { return false }
      state.spans.removeFirst()
      return true
    }
    if isFull { droppedTotal.increment() }
  }

  func run() async throws {
    tracer.use(self)
    defer { tracer.use(nil) }
    try await cancelOnGracefulShutdown { [self] in
      while !Task.isCancelled {
        do { try await Task.sleep(for: .seconds(2)) } catch { break }
        await send()
      }
    }
    await send()
  }

  private func send() async {
    while true {
      let spans = state.withLock { state in
        let spans = Array(state.spans.prefix(Self.batch))
        state.spans.removeFirst(spans.count)
        return spans
      }
      guard !spans.isEmpty else { return }
      var request = HTTPClient.Request(
        method: "POST", url: url, headers: ["content-type": "application/json"],
        body: .bytes(Self.encode(spans).bytes))
      request.deadlines = .init(
        connect: .seconds(2), firstByte: .seconds(5), betweenBytes: .seconds(5), total: .seconds(10))
      do {
        let response = try await http.execute(request, upTo: 64 << 10)
        if response.status >= 300 { logger.warning("the collector refused spans", ["status": "\(response.status)"]) }
      } catch {
        droppedTotal.increment(by: spans.count)
        logger.debug("spans were not sent", [LogKeys.error: "\(error)"])
        return
      }
    }
  }

  /// An `ExportTraceServiceRequest` in OTLP's JSON form.
  static func encode(_ spans: [Span]) -> JSONValue {
    func attribute(_ name: String, _ value: String) -> JSONValue {
      ["key": .string(name), "value": ["stringValue": .string(value)]]
    }
    let encoded: [JSONValue] = spans.map { span in
      var value: JSONValue = [
        "traceId": .string(span.context.traceID), "spanId": .string(span.context.spanID),
        "name": .string(span.name), "kind": .int(Int64(span.kind.rawValue)),
        "startTimeUnixNano": .string(String(span.startNanoseconds)),
        "endTimeUnixNano": .string(String(span.endNanoseconds)),
        "attributes": .array(span.attributes.sorted { $0.key < $1.key }.map { attribute($0.key, $0.value) }),
      ]
      if let parent = span.parentSpanID { value["parentSpanId"] = .string(parent) }
      if let failure = span.failure { value["status"] = ["code": 2, "message": .string(failure)] }
      return value
    }
    return [
      "resourceSpans": [
        [
          "resource": [
            "attributes": [
              attribute("service.name", "headrace"), attribute("service.version", HeadraceVersion.current),
            ]
          ],
          "scopeSpans": [["scope": ["name": "headrace"], "spans": .array(encoded)]],
        ]
      ]
    ]
  }
}
