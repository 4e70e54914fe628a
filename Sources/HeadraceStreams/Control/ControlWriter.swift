internal import HeadraceCore
internal import HeadraceKafka

/// Writes single records of the control topic.
struct ControlWriter: Sendable {
  let topic: String
  let kafka: KafkaConfiguration

  /// Writes a resource's value, or deletes it, and waits for the acknowledgement.
  func write(_ id: String, _ value: JSONValue?) async throws {
    var configuration = kafka
    configuration.producer.transactionalID = nil
    configuration.producer.linger = .zero
    let producer = try KafkaProducer(configuration: configuration)
    do {
      _ = try await producer.send(ProducerRecord(topic: topic, key: Array(id.utf8), value: value?.bytes))
      _ = await producer.close(deadline: .seconds(5))
    } catch {
      _ = await producer.close(deadline: .seconds(1))
      throw error
    }
  }
}
