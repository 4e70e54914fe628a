internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// The numbers of one route: looked up once, counted often.
final class RouteMetrics: Sendable {
  private let registry: MetricsRegistry
  private let labels: [String: String]
  private let seconds: Histogram
  private let byStatus = Mutex<[Int: Counter]>([:])

  init(_ registry: MetricsRegistry, _ method: String, _ route: String) {
    self.registry = registry
    labels = ["method": method, "route": route]
    seconds = registry.histogram(
      "headrace_gateway_request_seconds", help: "Time from a request's head to its answer's.", labels: labels)
  }

  func count(_ status: Int, _ total: Duration) {
    seconds.observe(total.seconds)
    let counter = byStatus.withLock { known in
      if let counter = known[status] { return counter }
      let counter = registry.counter(
        "headrace_gateway_requests_total", help: "Requests answered.",
        labels: labels.merging(["status": "\(status)"]) { $1 })
      known[status] = counter
      return counter
    }
    counter.increment()
  }
}
