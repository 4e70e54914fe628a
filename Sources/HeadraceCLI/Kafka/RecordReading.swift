import HeadraceCore
import HeadraceKafka

/// Prints records until the count, the ends, or Ctrl-C.
struct RecordReading {
  let count: Int?
  let endsAtEnd: Bool
  let commits: Bool
  /// Where to stop in each partition, when an end was given.
  var stops: [TopicPartition: Int64] = [:]
  /// What is read, when it was assigned by hand; empty in a group, which asks the consumer.
  var assigned: Set<TopicPartition> = []
  /// Partitions that have been read to their end, or to where they stop.
  private var ended: Set<TopicPartition> = []

  init(count: Int?, endsAtEnd: Bool, commits: Bool) {
    self.count = count
    self.endsAtEnd = endsAtEnd
    self.commits = commits
  }

  mutating func run(_ consumer: KafkaConsumer, _ printer: RecordPrinter) async throws {
    var output = StandardOutput()
    var printed = 0
    for try await batch in consumer.batches {
      for record in batch {
        if let stop = stops[record.topicPartition], record.offset >= stop {
          ended.insert(record.topicPartition)
          continue
        }
        if stops.isEmpty { ended.remove(record.topicPartition) }
        try printer.print(record, to: &output)
        printed += 1
        if printed == count { break }
      }
      try output.flush()
      if commits, batch.count > 0 { try await consumer.commit(batch) }
      if printed == count { return }
      for error in batch.errors { Terminal.note("headrace: \(error)") }
      for end in batch.partitionEnds {
        ended.insert(end.topicPartition)
        if Terminal.isErrorTerminal { Terminal.note("% Reached end of \(end.topicPartition) at offset \(end.offset)") }
      }
      guard endsAtEnd || !stops.isEmpty, !ended.isEmpty else { continue }
      let all = assigned.isEmpty ? Set(try await consumer.assignment()) : assigned
      if !all.isEmpty, ended.isSuperset(of: all) { return }
    }
  }
}
