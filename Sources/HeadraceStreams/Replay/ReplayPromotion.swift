internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

/// Makes a replay's outputs live, and takes them back.
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
  private static let headerName = "headrace.promoted"
  let run: ReplayRun
  let target: any ReplayTarget
  let kafka: KafkaConfiguration

  private var reader: TopicReader { TopicReader(kafka: kafka) }

  /// What is live for a key.
  private struct Live {
    var record: RawRecord
    var source: RecordCoordinate?
  }

  func promote() async throws -> Report {
    var report = Report()
    for topic in target.outputTopics { try await promote(topic, &report) }
    return report
  }

  private func promote(_ topic: String, _ report: inout Report) async throws {
    let aside = run.outputTopic(for: topic)
    let writer = try await begin("promote.\(topic)")
    do {
      var live: [[UInt8]: Live] = [:]
      var ends = try await readLive(topic, from: [:], into: &live)
      var ranges = try await reader.wholeRanges(of: [aside])
      // What an earlier promotion that crashed has done already.
      let done = try await reader.withAdmin { [ranges] in
        try await $0.committedOffsets(of: writer.group, partitions: Array(ranges.keys))
      }
      for stored in done where stored.offset > 0 {
        guard let range = ranges[stored.topicPartition] else { continue }
        ranges[stored.topicPartition] = min(stored.offset, range.upperBound)..<range.upperBound
      }
      var batch: [(output: RawRecord, before: RawRecord?)] = []
      var positions: [TopicPartition: Int64] = [:]
      var counted = report
      try await reader.read(ranges) { record in
        positions[TopicPartition(record.coordinate.topic, record.coordinate.partition)] = record.coordinate.offset + 1
        guard let key = record.key else { return true }
        let current = live[key]
        if let current, current.record.isTombstone {
          counted.deleted += 1
        } else if let current, isNewer(current.source, than: ReplayDiffer.source(of: ReplayDiffer.id(of: record))) {
          counted.newer += 1
        } else {
          batch.append((record, current?.record))
          if batch.count == Self.recordsPerTransaction {
            try await write(batch, topic, positions, writer, &live, &ends, &counted)
            batch = []
          }
        }
        return true
      }
      if !batch.isEmpty || !positions.isEmpty {
        try await write(batch, topic, positions, writer, &live, &ends, &counted)
      }
      report = counted
      await writer.close()
    } catch {
      await writer.abort()
      throw error
    }
  }

  private func write(
    _ batch: [(output: RawRecord, before: RawRecord?)], _ topic: String, _ positions: [TopicPartition: Int64],
    _ writer: ReplayWriter, _ live: inout [[UInt8]: Live], _ ends: inout [TopicPartition: Int64],
    _ report: inout Report
  ) async throws {
    var records: [Output] = []
    for (output, before) in batch {
      records.append(
        Output(
          topic: run.beforeTopic(for: topic), key: output.key, value: before?.value,
          headers: (before?.headers ?? []) + [RecordHeader(ReplayProcessor.header, run.id)]))
      records.append(
        Output(
          topic: topic, key: output.key, value: output.value,
          headers: output.headers + [RecordHeader(Self.headerName, run.id)]))
      report.written += 1
    }
    try await writer.write(records, positions)
    try await repair(topic, Set(batch.compactMap(\.output.key)), writer, &live, &ends, &report)
  }

  /// The live processor goes on meanwhile: where a newer output of its own landed before ours and after our look, ours
  /// has hidden it. It is written again.
  private func repair(
    _ topic: String, _ keys: Set<[UInt8]>, _ writer: ReplayWriter, _ live: inout [[UInt8]: Live],
    _ ends: inout [TopicPartition: Int64], _ report: inout Report
  ) async throws {
    var overtaken: [[UInt8]: RawRecord] = [:]
    var fresh: [[UInt8]: Live] = [:]
    var last: [[UInt8]: RawRecord] = [:]
    ends = try await readLive(topic, from: ends, into: &fresh) { record in
      guard let key = record.key, keys.contains(key) else { return }
      if record.header(Self.headerName) == run.id {
        // Ours: whatever came before it in this stretch is hidden now.
        if let hidden = last[key], hidden.header(Self.headerName) != run.id { overtaken[key] = hidden }
      } else {
        overtaken[key] = nil
      }
      last[key] = record
    }
    for (key, value) in fresh { live[key] = value }
    guard !overtaken.isEmpty else { return }
    try await writer.write(
      overtaken.values.map { Output(topic: topic, key: $0.key, value: $0.value, headers: $0.headers) }, [:])
    for (key, record) in overtaken {
      live[key] = Live(record: record, source: ReplayDiffer.source(of: ReplayDiffer.id(of: record)))
    }
    report.repaired += overtaken.count
    report.written -= overtaken.count
    report.newer += overtaken.count
  }

  func rollBack() async throws -> Report {
    var report = Report()
    for topic in target.outputTopics {
      let writer = try await begin("rollback.\(topic)")
      do {
        var live: [[UInt8]: Live] = [:]
        _ = try await readLive(topic, from: [:], into: &live)
        var before: [[UInt8]: RawRecord] = [:]
        try await reader.read(reader.wholeRanges(of: [run.beforeTopic(for: topic)])) { record in
          if let key = record.key, before[key] == nil { before[key] = record }
          return true
        }
        var records: [Output] = []
        for (key, image) in before {
          guard live[key]?.record.header(Self.headerName) == run.id else {
            report.replaced += 1
            continue
          }
          records.append(
            Output(
              topic: topic, key: key, value: image.value,
              headers: image.headers.filter { $0.name != ReplayProcessor.header }))
          report.written += 1
          if records.count == Self.recordsPerTransaction {
            try await writer.write(records, [:])
            records = []
          }
        }
        if !records.isEmpty { try await writer.write(records, [:]) }
        await writer.close()
      } catch {
        await writer.abort()
        throw error
      }
    }
    return report
  }

  // MARK: Helpers

  private func begin(_ what: String) async throws -> ReplayWriter {
    let writer = try ReplayWriter(kafka: kafka, name: "headrace.\(what).r\(run.id)")
    try await writer.begin()
    return writer
  }

  /// Reads the live topic from `from` (or its beginning) to its end as of now; returns the ends.
  private func readLive(
    _ topic: String, from: [TopicPartition: Int64], into live: inout [[UInt8]: Live],
    _ seen: (RawRecord) -> Void = { _ in }
  ) async throws -> [TopicPartition: Int64] {
    let whole = try await reader.wholeRanges(of: [topic])
    var ranges: [TopicPartition: Range<Int64>] = [:]
    for (place, range) in whole {
      ranges[place] = min(max(from[place] ?? range.lowerBound, range.lowerBound), range.upperBound)..<range.upperBound
    }
    var found = live
    try await reader.read(ranges) { record in
      guard let key = record.key else { return true }
      seen(record)
      found[key] = Live(record: record, source: ReplayDiffer.source(of: ReplayDiffer.id(of: record)))
      return true
    }
    live = found
    return whole.mapValues(\.upperBound)
  }

  private func isNewer(_ live: RecordCoordinate?, than replayed: RecordCoordinate?) -> Bool {
    guard let live, let replayed, live.topic == replayed.topic, live.partition == replayed.partition else {
      return false
    }
    return live.offset > replayed.offset
  }
}
