internal import HeadraceTelemetry

/// What a server counts.
struct HTTPServerMetrics: Sendable {
  let accepted = MetricsRegistry.shared.counter(
    "headrace_http_server_connections_total", help: "Connections accepted.")
  let connections = MetricsRegistry.shared.gauge("headrace_http_server_connections", help: "Open connections.")
  let streams = MetricsRegistry.shared.gauge("headrace_http_server_event_streams", help: "Open event streams.")
  let refused = MetricsRegistry.shared.counter(
    "headrace_http_server_refusals_total", help: "Requests refused before a handler saw them.")
  let aborted = MetricsRegistry.shared.counter(
    "headrace_http_server_aborted_answers_total", help: "Answers that broke off after they had begun.")
  let slowClients = MetricsRegistry.shared.counter(
    "headrace_http_server_slow_clients_total", help: "Clients cut because they took too little.")
  private let classes = (1...5).map {
    MetricsRegistry.shared.counter(
      "headrace_http_server_answers_total", help: "Answers by class of status.", labels: ["class": "\($0)xx"])
  }

  func answered(_ status: HTTPStatus) {
    let index = status.code / 100 - 1
    if classes.indices.contains(index) { classes[index].increment() }
  }
}
