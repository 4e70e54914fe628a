internal import HeadraceCore
public import HeadraceTelemetry

/// Traces across topics: the producer writes the current span's context into the header `traceparent`, the consumer's work
/// becomes a child of it. Names and attributes are those of OpenTelemetry's conventions for messaging.
enum RecordTracing {
  static let header = "traceparent"

  /// The record with the current trace context in its headers, unless it has one already or there is none.
  static func injecting(_ record: ProducerRecord) -> ProducerRecord {
    guard let context = Tracer.current, !record.headers.contains(where: { $0.name == header }) else { return record }
    var record = record
    record.headers.append(RecordHeader(header, context.traceparent))
    return record
  }

  static func attributes(_ operation: String, topic: String, partition: Int32?) -> [String: String] {
    var attributes = [
      "messaging.system": "kafka", "messaging.operation.name": operation, "messaging.destination.name": topic,
    ]
    if let partition { attributes["messaging.destination.partition.id"] = String(partition) }
    return attributes
  }
}

extension KafkaProducer {
  /// Sends inside a span of its own, when the task is in a span.
  nonisolated(nonsending) func sendTraced(_ record: ProducerRecord) async throws -> Delivery {
    try await Tracer.shared.withSpan(
      "\(record.topic) send", kind: .producer,
      attributes: RecordTracing.attributes("send", topic: record.topic, partition: record.partition)
    ) { span in
      let delivery = try await sendPlain(RecordTracing.injecting(record))
      span.attributes["messaging.destination.partition.id"] = String(delivery.partition)
      span.attributes["messaging.kafka.offset"] = String(delivery.offset)
      return delivery
    }
  }
}

extension ConsumerRecord {
  /// Runs `body` inside a span that continues the trace of the record's producer: `<topic> process`, of kind consumer.
  ///
  /// - Parameters:
  ///   - group: the consumer group, for the span's attributes.
  ///   - body: what handles the record; it may add to the span.
  nonisolated(nonsending) public func withSpan<Result>(
    group: String? = nil, _ body: nonisolated(nonsending) (inout Span) async throws -> Result
  ) async throws -> Result {
    var attributes = RecordTracing.attributes("process", topic: topic, partition: partition)
    attributes["messaging.kafka.offset"] = String(offset)
    if let group { attributes["messaging.consumer.group.name"] = group }
    if let keyText { attributes["messaging.kafka.message.key"] = keyText }
    return try await Tracer.shared.withSpan(
      "\(topic) process", kind: .consumer, parent: traceContext, attributes: attributes, body)
  }
}
