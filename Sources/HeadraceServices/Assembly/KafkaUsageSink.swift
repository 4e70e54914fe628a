import FoundationEssentials
public import HeadraceCore
public import HeadraceKafka

/// Writes every call to `llm.usage` as `headrace.llm.called.v1`, acknowledged before the call's result is used: the bill is a
/// fold over this topic.
public struct KafkaUsageSink: UsageSink {
  private let producer: KafkaProducer
  private let topic: String
  private let source: String
  private let writer: String?

  /// A sink over a producer with acks=all.
  ///
  /// - Parameters:
  ///   - producer: Run and closed by the caller.
  ///   - topic: Where the events go.
  ///   - source: The events' source, `/headrace/<cluster id>/<role>`.
  ///   - writer: Names this process in a header of the record, so that it knows its own events again.
  public init(producer: KafkaProducer, topic: String, source: String, writer: String? = nil) {
    self.producer = producer
    self.topic = topic
    self.source = source
    self.writer = writer
  }

  /// Writes one event and waits for the log.
  public func record(_ event: CallUsageEvent) async throws {
    let cloudEvent = CloudEvent(
      id: "\(event.fingerprint)/\(event.attempt)", source: source, type: "headrace.llm.called.v1", subject: event.route,
      time: .now, dataContentType: "application/json",
      dataSchema: "/schemas/headrace.llm.called/v1.schema.json", extensions: ["tenant": event.tenant],
      data: Array(try JSONEncoder().encode(event)))
    var headers = cloudEvent.kafkaHeaders
    if let writer { headers.append(RecordHeader(SpendLog.writerHeader, Array(writer.utf8))) }
    _ = try await producer.send(
      ProducerRecord(topic: topic, key: Array(event.route.utf8), value: cloudEvent.data, headers: headers))
  }
}
