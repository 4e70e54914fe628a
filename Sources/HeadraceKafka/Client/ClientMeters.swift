internal import HeadraceTelemetry
internal import Synchronization

/// The metrics of one client; names are listed in the documentation's article *Metrics*.
final class ClientMeters: Sendable {
  private let registry: MetricsRegistry
  private let labels: [String: String]
  let errors: Counter
  /// Producer: records acknowledged, records failed.
  let delivered: Counter
  let failed: Counter
  /// Consumer: records and batches handed over, rebalances, handlers that kept a batch too long.
  let consumed: Counter
  let batches: Counter
  let rebalances: Counter
  let stuckHandlers: Counter

  init(registry: MetricsRegistry, clientID: String, role: ClientRole) {
    self.registry = registry
    let labels = ["client": clientID, "role": role.rawValue]
    self.labels = labels
    func counter(_ name: String, _ help: String) -> Counter { registry.counter(name, help: help, labels: labels) }
    errors = counter("headrace_kafka_errors_total", "Errors that belong to no call.")
    delivered = counter("headrace_kafka_records_delivered_total", "Records acknowledged by the broker.")
    failed = counter("headrace_kafka_records_failed_total", "Records that could not be delivered.")
    consumed = counter("headrace_kafka_records_consumed_total", "Records handed to the application.")
    batches = counter("headrace_kafka_batches_consumed_total", "Batches handed to the application.")
    rebalances = counter("headrace_kafka_rebalances_total", "Assignments taken or given back.")
    stuckHandlers = counter("headrace_kafka_stuck_handlers_total", "Batches kept longer than handlerWarning.")
  }

  /// Sets the gauges from a round of statistics.
  func take(_ statistics: KafkaStatistics) {
    func gauge(_ name: String, _ help: String, _ value: Double, _ more: [String: String] = [:]) {
      registry.gauge(name, help: help, labels: labels.merging(more) { $1 }).set(value)
    }
    gauge("headrace_kafka_queue_records", "Records in the producer's buffer.", Double(statistics.records))
    gauge("headrace_kafka_queue_bytes", "Bytes in the producer's buffer.", Double(statistics.recordBytes))
    gauge("headrace_kafka_bytes_sent", "Bytes sent since the start.", Double(statistics.bytes.sent))
    gauge("headrace_kafka_bytes_received", "Bytes received since the start.", Double(statistics.bytes.received))
    for broker in statistics.brokers where broker.id >= 0 {
      let label = ["broker": String(broker.id)]
      gauge(
        "headrace_kafka_broker_round_trip_p99_seconds", "99th percentile of a request's round trip.",
        broker.roundTrip.p99 / .seconds(1), label)
      gauge(
        "headrace_kafka_broker_requests_in_flight", "Requests that wait for an answer.",
        Double(broker.requestsInFlight), label)
    }
    for partition in statistics.partitions where partition.lag >= 0 {
      let place = partition.topicPartition
      gauge(
        "headrace_kafka_consumer_lag_records", "Records between position and end.", Double(partition.lag),
        ["topic": place.topic, "partition": String(place.partition)])
    }
  }
}
