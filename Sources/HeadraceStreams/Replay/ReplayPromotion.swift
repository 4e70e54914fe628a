internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

/// Makes a replay's outputs live, and takes them back, while the live processor goes on.
public struct ReplayPromotion: Sendable {
  /// What was done.
  public struct Report: Sendable, Hashable, Codable {
    /// Written to the live topics.
    public var written = 0
    /// Left: the live output was made from a newer record.
    public var newer = 0
    /// Left: the live output has been deleted.
    public var deleted = 0
    /// Left by a roll-back: something else is live by now.
    public var replaced = 0
    /// Live outputs that were overtaken while we wrote, and were written again.
    public var repaired = 0
  }

  private static let recordsPerTransaction = 500
  let run: ReplayRun
  let target: any ReplayTarget
  let kafka: KafkaConfiguration

  private var reader: TopicReader { TopicReader(kafka: kafka) }

  func promote() async throws -> Report {
    var report = Report()
    for topic in target.outputTopics {
      try await write("promote", topic) { writer, live in
        try await promote(topic, writer, &live, &report)
      }
    }
    return report
  }

  func rollBack() async throws -> Report {
    var report = Report()
    for topic in target.outputTopics {
      try await write("rollback", topic) { writer, live in
        try await rollBack(topic, writer, &live, &report)
      }
    }
    return report
  }

  // MARK: There

  private func promote(
    _ topic: String, _ writer: ReplayWriter, _ live: inout LiveOutputs, _ report: inout Report
  ) async throws {
    var ranges = try await reader.wholeRanges(of: [run.outputTopic(for: topic)])
    // What an earlier promotion that crashed has done already.
    let done = try await reader.withAdmin { [ranges] in
      try await $0.committedOffsets(of: writer.group, partitions: Array(ranges.keys))
    }
    for stored in done where stored.offset > 0 {
      guard let range = ranges[stored.topicPartition] else { continue }
      ranges[stored.topicPartition] = min(stored.offset, range.upperBound)..<range.upperBound
    }
    var batch: [RawRecord] = []
    var positions: [TopicPartition: Int64] = [:]
    var (view, counted) = (live, report)
    try await reader.read(ranges) { record in
      positions[TopicPartition(record.coordinate.topic, record.coordinate.partition)] = record.coordinate.offset + 1
      guard let key = record.key else { return true }
      if let current = view.last[key], current.isTombstone {
        counted.deleted += 1
      } else if let current = view.last[key], LiveOutputs.isNewer(current, than: record) ?? false {
        counted.newer += 1
      } else {
        batch.append(record)
      }
      if batch.count == Self.recordsPerTransaction {
        try await write(batch, topic, positions, writer, &view, &counted)
        batch = []
      }
      return true
    }
    if !positions.isEmpty { try await write(batch, topic, positions, writer, &view, &counted) }
    (live, report) = (view, counted)
  }

  private func write(
    _ batch: [RawRecord], _ topic: String, _ positions: [TopicPartition: Int64], _ writer: ReplayWriter,
    _ live: inout LiveOutputs, _ report: inout Report
  ) async throws {
    var records: [Output] = []
    var kept: Set<[UInt8]> = []
    for record in batch {
      let before = live.last[record.key!]
      // Of a key with several outputs here, only what was live before the first of them is to be put back.
      if before.map({ live.isMarked($0, .promoted) }) != true, kept.insert(record.key!).inserted {
        records.append(
          Output(
            topic: run.beforeTopic(for: topic), key: record.key, value: before?.value,
            headers: (before?.headers ?? []) + [RecordHeader(ReplayProcessor.header, run.id)]))
      }
      records.append(
        Output(topic: topic, key: record.key, value: record.value, headers: live.marked(record, .promoted)))
    }
    report.written += batch.count
    let ends = try await writer.write(records, positions)
    let repaired = try await repair(topic, writer, &live, try await live.readOn(through: ends))
    report.repaired += repaired
    report.written -= repaired
    report.newer += repaired
  }

  // MARK: And back

  private func rollBack(
    _ topic: String, _ writer: ReplayWriter, _ live: inout LiveOutputs, _ report: inout Report
  ) async throws {
    var before: [[UInt8]: RawRecord] = [:]
    try await reader.read(reader.wholeRanges(of: [run.beforeTopic(for: topic)])) { record in
      if let key = record.key, before[key] == nil { before[key] = record }
      return true
    }
    var records: [Output] = []
    for (index, (key, image)) in before.enumerated() {
      if let current = live.last[key], live.isMarked(current, .promoted) {
        let headers = live.marked(image, .rolledBack).filter { $0.name != ReplayProcessor.header }
        records.append(Output(topic: topic, key: key, value: image.value, headers: headers))
        report.written += 1
      } else {
        report.replaced += 1
      }
      guard records.count == Self.recordsPerTransaction || (index + 1 == before.count && !records.isEmpty) else {
        continue
      }
      let ends = try await writer.write(records, [:])
      records = []
      let repaired = try await repair(topic, writer, &live, try await live.readOn(through: ends))
      report.repaired += repaired
      report.written -= repaired
      report.replaced += repaired
    }
  }

  // MARK: Helpers

  /// Writes what was hidden again, until nothing is: that may hide something in turn.
  private func repair(
    _ topic: String, _ writer: ReplayWriter, _ live: inout LiveOutputs, _ found: [[UInt8]: RawRecord]
  ) async throws -> Int {
    var hidden = found
    while !hidden.isEmpty {
      let ends = try await writer.write(
        hidden.values.map {
          Output(topic: topic, key: $0.key, value: $0.value, headers: live.marked($0, .shownAgain))
        }, [:])
      hidden = try await live.readOn(through: ends)
    }
    return found.count
  }

  /// Lends a writer, and what is live; first puts right what an earlier attempt that crashed has left hidden.
  private func write(
    _ what: String, _ topic: String, _ body: (ReplayWriter, inout LiveOutputs) async throws -> Void
  ) async throws {
    let writer = try ReplayWriter(kafka: kafka, name: "headrace.\(what).\(topic).r\(run.id)")
    do {
      try await writer.begin()
      var live = LiveOutputs(topic: topic, run: run, reader: reader)
      let hidden = try await live.readOn(trustsUnknown: true)
      _ = try await repair(topic, writer, &live, hidden)
      try await body(writer, &live)
      await writer.close()
    } catch {
      await writer.abort()
      throw error
    }
  }
}
