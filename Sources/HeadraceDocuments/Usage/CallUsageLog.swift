internal import FoundationEssentials
public import HeadraceCore
public import HeadraceKafka
internal import Synchronization

/// Writes every call of a model to `llm.usage`, acknowledged before its answer is used: the bill is a fold over that
/// topic and never misses what was paid.
///
/// Safe to use from any task. The client is made with the first call and closed by ``close()``.
public final class CallUsageLog: UsageSink {
  private let kafka: KafkaConfiguration
  private let state = Mutex(State())

  private struct State {
    var producer: KafkaProducer?
    var clusterID: String?
    var isClosed = false
  }

  /// A log of calls on this cluster; does no I/O.
  public init(kafka: KafkaConfiguration) {
    var kafka = kafka
    kafka.producer.acks = .all
    kafka.producer.idempotent = true
    kafka.producer.recreatesAfterFatal = true
    kafka.producer.transactionalID = nil
    self.kafka = kafka
  }

  /// Writes an event and returns when the log has acknowledged it.
  ///
  /// - Throws: `KafkaError`: the answer must not be used then, since its bill is not written.
  public func record(_ event: CallUsageEvent) async throws {
    let producer = try producer()
    let cluster = try await clusterID()
    let processor = event.processor.isEmpty ? "llm" : event.processor
    let headers = CloudEvent(
      id: "\(event.fingerprint)/\(event.attempt)", source: "/headrace/\(cluster)/\(processor)",
      type: CallUsageLog.eventType, subject: event.route, time: .now, dataContentType: "application/json",
      dataSchema: "/schemas/headrace.llm.called/v1.schema.json",
      extensions: ["partitionkey": event.route, "tenant": event.tenant]
    ).kafkaHeaders
    let value = try [UInt8](PlatformJSON.encoder.encode(event))
    _ = try await producer.send(
      ProducerRecord(topic: PlatformTopics.usage, key: Array(event.route.utf8), value: value, headers: headers))
  }

  /// Writes what is on its way and closes the client.
  public func close() async {
    let producer = state.withLock { state in
      state.isClosed = true
      return state.producer.take()
    }
    await producer?.close(deadline: .seconds(5))
  }

  /// `headrace.llm.called.v1`
  public static let eventType = "headrace.llm.called.v1"

  private func producer() throws -> KafkaProducer {
    try state.withLock { state in
      if let producer = state.producer { return producer }
      guard !state.isClosed else { throw DocumentError(.logUnavailable, "The log of calls is closed.") }
      let producer = try KafkaProducer(configuration: kafka)
      state.producer = producer
      return producer
    }
  }

  private func clusterID() async throws -> String {
    if let known = state.withLock({ $0.clusterID }) { return known }
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      let id = try await admin.cluster().clusterID
      await admin.close()
      state.withLock { $0.clusterID = id }
      return id
    } catch {
      await admin.close()
      throw error
    }
  }
}
