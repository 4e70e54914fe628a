import HeadraceDocuments
import HeadraceKafka

/// Creates the platform's topics where they are missing.
enum TopicCreation {
  static func ensure(_ kafka: KafkaConfiguration, _ configuration: Configuration) async throws {
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      let known = Set(try await admin.topics().map(\.name))
      let partitions = Int32(configuration.requiredInt(.topicsPartitions))
      for topic in PlatformTopics.all(partitions: partitions) where !known.contains(topic.name) {
        _ = try await admin.createTopic(
          NewTopic(
            topic.name, partitions: Int(topic.partitions),
            replicationFactor: configuration.requiredInt(.topicsReplication), configs: topic.configuration))
      }
    } catch {
      await admin.close()
      throw error
    }
    await admin.close()
  }
}
