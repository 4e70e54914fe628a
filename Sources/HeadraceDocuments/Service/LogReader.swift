internal import HeadraceCore
internal import HeadraceKafka
internal import Synchronization

/// Reads single records back from the log by their coordinates, one at a time.
final class LogReader: Sendable {
  private let kafka: KafkaConfiguration
  private let turns = Turns()
  private let consumer = Mutex<KafkaConsumer?>(nil)

  struct Record: Sendable {
    var key: [UInt8]?
    var value: [UInt8]?
    var headers: [RecordHeader]
  }

  init(kafka: KafkaConfiguration) {
    self.kafka = kafka
  }

  /// The record at a coordinate; nil where the log no longer has it.
  ///
  /// - Throws: ``DocumentError/Code/logUnavailable`` when the log does not answer in time.
  func record(at coordinate: RecordCoordinate, timeout: Duration = .seconds(5)) async throws -> Record? {
    try await turns.withTurn { [self] in
      try Task.checkCancellation()
      let (consumer, isNew) = try lent()
      let answer = try await withThrowingTaskGroup(of: Answer.self) { group in
        group.addTask {
          // Asked for first, a new client knows the leader when it is assigned; else it may wait a second for it.
          if isNew {
            _ = try await consumer.watermarks(
              of: TopicPartition(coordinate.topic, coordinate.partition), deadline: timeout)
          }
          return try await LogReader.read(coordinate, with: consumer)
        }
        group.addTask {
          try await Task.sleep(for: timeout)
          return .late
        }
        defer { group.cancelAll() }
        return try await group.next() ?? .late
      }
      switch answer {
      case .record(let record): return record
      case .absent: return nil
      case .late:
        // It may still be waiting for a broker: the next reader gets a fresh one.
        drop()
        throw DocumentError(.logUnavailable, "The log did not give record \(coordinate) within \(timeout).")
      }
    }
  }

  func close() async {
    await consumer.withLock { $0.take() }?.close(deadline: .seconds(2))
  }

  private enum Answer: Sendable {
    case record(Record)
    case absent
    case late
  }

  private static func read(_ coordinate: RecordCoordinate, with consumer: KafkaConsumer) async throws -> Answer {
    let partition = TopicPartition(coordinate.topic, coordinate.partition)
    try await consumer.assign([PartitionStart(partition, .at(coordinate.offset))])
    while let batch = try await consumer.nextBatch() {
      for error in batch.errors where !error.isRetriable { throw error }
      for record in batch where record.topicPartition == partition && record.offset >= coordinate.offset {
        try await consumer.assign([])
        guard record.offset == coordinate.offset else { return .absent }
        return .record(Record(key: record.key, value: record.value, headers: record.headers))
      }
      if batch.partitionEnds.contains(where: { $0.topicPartition == partition }) {
        try await consumer.assign([])
        return .absent
      }
    }
    throw DocumentError(.logUnavailable, "The reader of single records was closed.")
  }

  private func lent() throws -> (consumer: KafkaConsumer, isNew: Bool) {
    try consumer.withLock { held in
      if let held { return (held, false) }
      var configuration = kafka
      configuration.consumer.groupID = nil
      configuration.consumer.startWhenNoOffset = .earliest
      configuration.consumer.reportsPartitionEnd = true
      configuration.consumer.queuedBytes = 2 << 20
      configuration.consumer.partitionFetchBytes = 1 << 20
      // What is read is there already. A fetch that waits for more would outlive its reader's turn, and the next one
      // could not be sent before it came back: the client has one fetch at a time under way.
      configuration.consumer.fetchMaximumWait = .milliseconds(1)
      let made = try KafkaConsumer(configuration: configuration)
      held = made
      return (made, true)
    }
  }

  private func drop() {
    guard let old = consumer.withLock({ $0.take() }) else { return }
    Task { await old.close(deadline: .seconds(2)) }
  }
}
