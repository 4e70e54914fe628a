internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry

/// Makes sure of the topics that a processor needs beside its own input and output.
struct ProcessorTopics {
  let configuration: ProcessorConfiguration
  let kafka: KafkaConfiguration

  /// What was found.
  struct Found: Sendable {
    var clusterID: String
    /// Partitions of all inputs together.
    var inputPartitions: Int
  }

  /// Creates what is missing.
  func prepare() async throws -> Found {
    var kafka = kafka
    kafka.consumer.groupID = nil
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      let found = try await prepare(admin)
      await admin.close()
      return found
    } catch {
      await admin.close()
      throw error
    }
  }

  private func prepare(_ admin: KafkaAdmin) async throws -> Found {
    let inputs = try await describe(admin)
    let partitions = inputs.map(\.partitions.count).max() ?? 1
    if let journal = configuration.journalTopic {
      _ = try await admin.createTopic(
        NewTopic(
          journal, partitions: partitions, replicationFactor: configuration.replicationFactor,
          configs: [
            "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.3", "delete.retention.ms": "604800000",
          ]))
      if let known = try await admin.describeTopics([journal]).first, known.partitions.count < partitions {
        try await admin.addPartitions(to: journal, total: partitions)
      }
    }
    for input in inputs {
      _ = try await admin.createTopic(
        NewTopic(
          input.name + configuration.deadLetterSuffix, partitions: input.partitions.count,
          replicationFactor: configuration.replicationFactor,
          configs: ["cleanup.policy": "delete", "retention.ms": "2592000000"]))
    }
    var clusterID = configuration.clusterID
    if clusterID == nil { clusterID = try await admin.cluster().clusterID }
    return Found(clusterID: clusterID ?? "", inputPartitions: inputs.reduce(0) { $0 + $1.partitions.count })
  }

  /// The inputs; waits a little for topics that were made just now.
  private func describe(_ admin: KafkaAdmin) async throws -> [TopicDescription] {
    var missing = ""
    for attempt in 0..<20 {
      let found = try await admin.describeTopics(configuration.inputTopics)
      let known = found.filter { $0.error == nil && !$0.partitions.isEmpty }
      if known.count == Set(configuration.inputTopics).count { return known }
      missing = configuration.inputTopics.filter { name in !known.contains { $0.name == name } }.joined(separator: ", ")
      try await Task.sleep(for: .milliseconds(100 + 50 * attempt))
    }
    throw ProcessorError(
      .configuration, "processor \(configuration.name) reads \(missing), which does not exist: create it first")
  }
}
