internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry

/// Reads the control topic from its beginning and follows it.
struct ControlListener: Sendable {
  let topic: String
  let kafka: KafkaConfiguration

  /// Calls `change` with each resource's value (nil when it was deleted) until cancelled. Tries again when the log
  /// can't be read; a topic that does not exist is looked for again every few seconds.
  func follow(_ change: @escaping @Sendable (_ id: String, _ value: JSONValue?) -> Void) async {
    let logger = Logger(label: "headrace.streams.control")
    while !Task.isCancelled {
      do {
        try await read(untilEnd: false, change)
      } catch {
        if Task.isCancelled { return }
        logger.debug("the control topic can't be followed: \(error)")
      }
      try? await Task.sleep(for: .seconds(5))
    }
  }

  /// Every resource that there is now.
  func snapshot() async throws -> [String: JSONValue] {
    let found = SnapshotBox()
    try await read(untilEnd: true) { id, value in found.set(id, value) }
    return found.values
  }

  private func read(
    untilEnd: Bool, _ change: @escaping @Sendable (_ id: String, _ value: JSONValue?) -> Void
  ) async throws {
    var configuration = kafka
    configuration.consumer.groupID = nil
    configuration.consumer.groupInstanceID = nil
    configuration.consumer.reportsPartitionEnd = true
    configuration.consumer.isolation = .readCommitted
    let admin = try KafkaAdmin(configuration: configuration)
    let partitions: [TopicPartition]
    do {
      let found = try await admin.describeTopics([topic]).first { $0.error == nil }
      partitions = found?.partitions.map { TopicPartition(topic, $0.id) } ?? []
    } catch {
      await admin.close()
      throw error
    }
    await admin.close()
    guard !partitions.isEmpty else {
      if untilEnd { return }
      throw ProcessorError(.configuration, "the control topic \(topic) does not exist")
    }
    let consumer = try KafkaConsumer(configuration: configuration)
    do {
      try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
      var open = Set(partitions)
      for try await batch in consumer.batches {
        for record in batch {
          guard let key = record.key else { continue }
          change(String(decoding: key, as: UTF8.self), record.value.flatMap { try? JSONValue(parsing: $0) })
        }
        for end in batch.partitionEnds { open.remove(end.topicPartition) }
        if untilEnd, open.isEmpty { break }
      }
    } catch {
      _ = await consumer.close(deadline: .seconds(5))
      throw error
    }
    _ = await consumer.close(deadline: .seconds(5))
  }
}
