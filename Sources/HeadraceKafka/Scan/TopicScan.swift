internal import HeadraceCore
internal import Synchronization

/// Reads topics once, outside any group and without committing, from somewhere to an end that is fixed before reading begins.
///
/// ```swift
/// let scan = TopicScan(configuration)
/// let everything = try await scan.ranges(of: ["orders"])
/// try await scan.read(everything) { record in
///   print(record.coordinate)
///   return true
/// }
/// ```
/// It holds one batch at a time, and at most ``prefetchedBytes`` that were fetched ahead.
public struct TopicScan: Sendable {
  /// Where to connect; groups, isolation and queues of it are not looked at.
  public var configuration: KafkaConfiguration
  /// Whether records of open and aborted transactions are seen. Default `.readCommitted`: the scan then ends where the oldest
  /// open transaction begins.
  public var isolation: KafkaConfiguration.Isolation
  /// How long the cluster may give nothing, neither a record nor an end, before the scan fails. Time spent with the records
  /// doesn't count. Default 60 s.
  public var patience: Duration
  /// Whether a scan of committed records waits for open transactions before its end, rather than ending at the first of them.
  /// For ranges whose ends are in the log; the wait has no other limit than the transactions' own. Default `false`.
  public var waitsForOpenTransactions = false
  /// Bytes fetched ahead of the reader. Default 16 MiB.
  public var prefetchedBytes = 16 << 20

  /// A scan of topics of a cluster.
  public init(
    _ configuration: KafkaConfiguration, isolation: KafkaConfiguration.Isolation = .readCommitted,
    patience: Duration = .seconds(60)
  ) {
    self.configuration = configuration
    self.isolation = isolation
    self.patience = patience
  }

  // MARK: What there is

  /// The offsets that topics hold as of now, partition by partition.
  ///
  /// - Parameters:
  ///   - topics: Their names.
  ///   - milliseconds: Begins with the first record that is not older than this (since 1970); `nil` for the oldest one.
  ///   - allowsMissing: Whether a topic that doesn't exist counts as an empty one; otherwise its error is thrown.
  public func ranges(
    of topics: [String], since milliseconds: Int64? = nil, allowsMissing: Bool = true
  ) async throws(KafkaError) -> [TopicPartition: Range<Int64>] {
    let admin = try KafkaAdmin(configuration: ownConfiguration)
    do throws(KafkaError) {
      let described = try await admin.describeTopics(topics, deadline: patience)
      if !allowsMissing, let error = described.lazy.compactMap(\.error).first { throw error }
      let places = described.filter { $0.error == nil }.flatMap { topic in
        topic.partitions.map { TopicPartition(topic.name, $0.id) }
      }
      let marks = try await admin.watermarks(of: places, deadline: patience)
      var starts: [TopicPartition: Int64?] = [:]
      if let milliseconds {
        starts = try await admin.offsets(for: marks.mapValues { _ in milliseconds }, deadline: patience)
      }
      await admin.close()
      return Dictionary(
        uniqueKeysWithValues: marks.map { place, marks in
          // All older: nothing to read. A record may have come since the end was asked for.
          let start = milliseconds == nil ? marks.low : (starts[place] ?? nil) ?? marks.high
          return (place, min(start, marks.high)..<max(marks.low, marks.high))
        })
    } catch {
      await admin.close()
      throw error
    }
  }

  // MARK: Reading

  /// Reads each partition's range in order, partitions in any order; `body` returns false to stop. An end beyond the log counts
  /// as the log's end at the time it is reached.
  ///
  /// A record is lent: keep ``ConsumerRecord/detached()``, not the record, beyond `body`.
  ///
  /// - Throws: what `body` throws; ``KafkaError`` when a topic is forbidden, the client is dead, or nothing came for ``patience``
  ///   (``KafkaError/Code/deadlineExceeded``); `CancellationError`.
  nonisolated(nonsending) public func read(
    _ ranges: [TopicPartition: Range<Int64>],
    _ body: nonisolated(nonsending) (ConsumerRecord) async throws -> Bool
  ) async throws {
    var open = ranges.filter { !$0.value.isEmpty }
    guard !open.isEmpty else { return }
    let consumer = try KafkaConsumer(configuration: ownConfiguration)
    let guardian = StallGuard(consumer, patience)
    do {
      try await consumer.assign(open.map { PartitionStart($0.key, .at($0.value.lowerBound)) })
      reading: while !open.isEmpty {
        try Task.checkCancellation()
        guardian.waits()
        guard let batch = try await consumer.nextBatch() else {
          try Task.checkCancellation()
          throw guardian.failure
        }
        // Errors alone are no progress.
        if !batch.isEmpty || !batch.partitionEnds.isEmpty { guardian.moved() }
        if let error = batch.errors.first(where: \.isForbidden) { throw error }
        for record in batch {
          guard let range = open[record.topicPartition] else { continue }
          // An offset that is gone starts with the oldest record that is left, perhaps before the range.
          if range.contains(record.offset) {
            guard try await body(record) else { break reading }
          }
          if record.offset + 1 >= range.upperBound { open[record.topicPartition] = nil }
        }
        // The end of the log comes before the end of the range where the last offsets are markers.
        for end in batch.partitionEnds {
          if waitsForOpenTransactions, let range = open[end.topicPartition], end.offset < range.upperBound {
            guardian.end()
          } else {
            open[end.topicPartition] = nil
          }
        }
      }
    } catch {
      guardian.end()
      await consumer.close(deadline: .seconds(5))
      throw error
    }
    guardian.end()
    await consumer.close(deadline: .seconds(5))
  }

  /// Reads all that topics hold as of now: ``ranges(of:since:allowsMissing:)`` and ``read(_:_:)`` in one.
  nonisolated(nonsending) public func read(
    topics: [String], since milliseconds: Int64? = nil, allowsMissing: Bool = true,
    _ body: nonisolated(nonsending) (ConsumerRecord) async throws -> Bool
  ) async throws {
    try await read(try await ranges(of: topics, since: milliseconds, allowsMissing: allowsMissing), body)
  }

  private var ownConfiguration: KafkaConfiguration {
    var own = configuration
    own.consumer.groupID = nil
    own.consumer.groupInstanceID = nil
    own.consumer.groupProtocol = .classic
    own.consumer.commitMode = .manual
    own.consumer.isolation = isolation
    own.consumer.reportsPartitionEnd = true
    own.consumer.startWhenNoOffset = .earliest
    own.consumer.fetchMaximumWait = .milliseconds(50)
    own.consumer.queuedBytes = prefetchedBytes
    // Whoever scans takes its time with a batch.
    own.consumer.handlerWarning = nil
    return own
  }
}

extension KafkaError {
  fileprivate var isForbidden: Bool {
    code == .topicAuthorizationFailed || code == .clusterAuthorizationFailed || code == .saslAuthenticationFailed
  }
}
