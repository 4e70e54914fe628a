import Synchronization

/// The metrics of a process, by name and labels, rendered in Prometheus's text format.
///
/// Asking twice for the same name and labels gives the same instrument, so a module keeps what it asked for and touches
/// no lock on its hot path. Any thread.
public final class MetricsRegistry: Sendable {
  /// The registry of the process; a test makes its own.
  public static let shared = MetricsRegistry()

  enum Instrument: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)
  }

  struct Family: Sendable {
    var help: String
    var kind: String
    var instruments: [[String: String]: Instrument] = [:]
  }

  private struct State {
    var families: [String: Family] = [:]
    var refreshers: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  /// An empty registry.
  public init() {}

  /// The counter of that name and labels. Names end in `_total`, e.g. `headrace_records_total`.
  public func counter(_ name: String, help: String, labels: [String: String] = [:]) -> Counter {
    let made = instrument(name, help: help, kind: "counter", labels: labels) { .counter(Counter()) }
    guard case .counter(let counter) = made else { preconditionFailure("\(name) is not a counter") }
    return counter
  }

  /// The gauge of that name and labels, e.g. `headrace_slots_busy`.
  public func gauge(_ name: String, help: String, labels: [String: String] = [:]) -> Gauge {
    let made = instrument(name, help: help, kind: "gauge", labels: labels) { .gauge(Gauge()) }
    guard case .gauge(let gauge) = made else { preconditionFailure("\(name) is not a gauge") }
    return gauge
  }

  /// The histogram of that name and labels; `buckets` are upper bounds in the unit of the name (`…_seconds`, `…_bytes`).
  public func histogram(
    _ name: String, help: String, labels: [String: String] = [:], buckets: [Double] = Histogram.seconds
  ) -> Histogram {
    let made = instrument(name, help: help, kind: "histogram", labels: labels) {
      .histogram(Histogram(bounds: buckets))
    }
    guard case .histogram(let histogram) = made else { preconditionFailure("\(name) is not a histogram") }
    return histogram
  }

  /// Forgets one instrument, e.g. that of a partition that was given back.
  public func remove(_ name: String, labels: [String: String] = [:]) {
    state.withLock { $0.families[name]?.instruments[labels] = nil }
  }

  /// Calls `refresh` before each rendering: the place to set gauges that are cheaper to read than to keep.
  public func onScrape(_ refresh: @escaping @Sendable () -> Void) {
    state.withLock { $0.refreshers.append(refresh) }
  }

  /// Everything, in the text format that Prometheus scrapes (version 0.0.4).
  public func renderPrometheus() -> String {
    for refresh in state.withLock({ $0.refreshers }) { refresh() }
    let families = state.withLock { $0.families }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.instruments.isEmpty {
      text += "# HELP \(name) \(PrometheusText.escapedHelp(family.help))\n# TYPE \(name) \(family.kind)\n"
      let ordered = family.instruments.map { (PrometheusText.labels($0.key), $0.key, $0.value) }.sorted { $0.0 < $1.0 }
      for (_, labels, instrument) in ordered { text += PrometheusText.lines(name, labels, instrument) }
    }
    return text
  }

  private func instrument(
    _ name: String, help: String, kind: String, labels: [String: String], make: () -> Instrument
  ) -> Instrument {
    state.withLock { state in
      if let known = state.families[name]?.instruments[labels] { return known }
      let new = make()
      state.families[name, default: Family(help: help, kind: kind)].instruments[labels] = new
      return new
    }
  }
}
