internal import HeadraceTelemetry

/// What the broker counts. Brokers of one process share the counters.
struct BrokerMetrics: Sendable {
  let connections: Gauge
  let connectionsRefused: Counter
  let connectionsBroken: Counter
  let bytesIn: Counter
  let bytesOut: Counter
  private let requests: [Int16: Counter]

  init(registry: MetricsRegistry) {
    connections = registry.gauge("headrace_broker_connections", help: "Open connections.")
    connectionsRefused = registry.counter(
      "headrace_broker_connections_refused_total", help: "Connections closed at once because of the limit.")
    connectionsBroken = registry.counter(
      "headrace_broker_connections_broken_total", help: "Connections closed because of what they sent.")
    bytesIn = registry.counter("headrace_broker_received_bytes_total", help: "Bytes of requests.")
    bytesOut = registry.counter("headrace_broker_sent_bytes_total", help: "Bytes of answers.")
    requests = Dictionary(
      uniqueKeysWithValues: APIKey.allCases.map { key in
        (
          key.rawValue,
          registry.counter("headrace_broker_requests_total", help: "Requests by API.", labels: ["api": key.name])
        )
      })
  }

  func count(_ key: APIKey) { requests[key.rawValue]?.increment() }
}
