internal import HeadraceCore
internal import HeadraceKafka

/// Reads stretches of topics once, outside any group.
struct TopicReader: Sendable {
  let kafka: KafkaConfiguration

  /// Reads each partition's range in order; `body` returns false to stop. Ends that are beyond the log are frozen at the
  /// log's end as of now.
  ///
  /// - Parameter waitsForOpenTransactions: Reading committed records ends at the first open transaction. This waits for
  ///   its end instead, for ranges whose ends are known to be in the log.
  func read(
    _ ranges: [TopicPartition: Range<Int64>], isolation: KafkaConfiguration.Isolation = .readCommitted,
    waitsForOpenTransactions: Bool = false, _ body: (RawRecord) async throws -> Bool
  ) async throws {
    var scan = TopicScan(kafka, isolation: isolation)
    scan.waitsForOpenTransactions = waitsForOpenTransactions
    try await scan.read(ranges) { try await body(RawRecord($0)) }
  }

  /// All partitions of topics, from their oldest record to their end as of now.
  func wholeRanges(of topics: [String]) async throws -> [TopicPartition: Range<Int64>] {
    try await TopicScan(kafka).ranges(of: topics)
  }

  /// The partitions of topics that exist.
  func partitions(of topics: [String], _ admin: KafkaAdmin) async throws -> [TopicPartition] {
    try await admin.describeTopics(topics).filter { $0.error == nil }.flatMap { topic in
      topic.partitions.map { TopicPartition(topic.name, $0.id) }
    }
  }

  /// Lends an admin client.
  nonisolated(nonsending) func withAdmin<Result>(
    _ body: nonisolated(nonsending) (KafkaAdmin) async throws -> Result
  ) async throws -> Result {
    var configuration = kafka
    configuration.consumer.groupID = nil
    configuration.consumer.groupInstanceID = nil
    let admin = try KafkaAdmin(configuration: configuration)
    do {
      let result = try await body(admin)
      await admin.close()
      return result
    } catch {
      await admin.close()
      throw error
    }
  }
}

extension RawRecord {
  /// Copies a record out of its batch.
  init(_ record: ConsumerRecord) {
    self.init(
      coordinate: RecordCoordinate(topic: record.topic, partition: record.partition, offset: record.offset),
      key: record.key, value: record.value, headers: record.headers,
      timestampMilliseconds: record.timestampMilliseconds ?? -1)
  }
}
