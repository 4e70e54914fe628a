import HeadraceKafka

/// All that a topic holds now.
enum WholeTopic {
  /// Its committed records as of this moment, partition by partition as they come.
  static func records(of topic: String, _ configuration: KafkaConfiguration) async throws -> [OwnedRecord] {
    let admin = try KafkaAdmin(configuration: configuration)
    let partitions = try await admin.describeTopics([topic]).flatMap { description in
      if let error = description.error { throw error }
      return description.partitions.map { TopicPartition(topic, $0.id) }
    }
    await admin.close()
    var configuration = configuration
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: configuration)
    try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
    var records: [OwnedRecord] = []
    var open = Set(partitions)
    for try await batch in consumer.batches {
      records += batch.map { $0.detached() }
      for end in batch.partitionEnds { open.remove(end.topicPartition) }
      if open.isEmpty { break }
    }
    _ = await consumer.close(deadline: .seconds(5))
    return records
  }
}
