import HeadraceTelemetry
import Testing

@Suite struct MetricsTests {
  @Test func rendersWhatPrometheusReads() {
    let registry = MetricsRegistry()
    registry.counter("records_total", help: "Records.", labels: ["topic": "a\"b"]).increment(by: 3)
    registry.gauge("slots", help: "Slots.").set(1.5)
    let histogram = registry.histogram("call_seconds", help: "Calls.", buckets: [0.1, 1])
    for value in [0.05, 0.5, 5] { histogram.observe(value) }
    #expect(
      registry.renderPrometheus() == """
        # HELP call_seconds Calls.
        # TYPE call_seconds histogram
        call_seconds_bucket{le="0.1"} 1
        call_seconds_bucket{le="1"} 2
        call_seconds_bucket{le="+Inf"} 3
        call_seconds_sum 5.55
        call_seconds_count 3
        # HELP records_total Records.
        # TYPE records_total counter
        records_total{topic="a\\"b"} 3
        # HELP slots Slots.
        # TYPE slots gauge
        slots 1.5

        """)
  }

  @Test func theSameNameIsTheSameInstrument() {
    let registry = MetricsRegistry()
    registry.counter("n_total", help: "N.").increment()
    registry.counter("n_total", help: "N.").increment()
    #expect(registry.counter("n_total", help: "N.").value == 2)
  }

  @Test func concurrentAdditionsAllCount() async {
    let registry = MetricsRegistry()
    let gauge = registry.gauge("g", help: "G.")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { gauge.add(1) } } }
    }
    #expect(gauge.value == 8000)
  }
}
