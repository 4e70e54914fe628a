internal import FoundationEssentials
public import HeadraceKafka
internal import HeadraceCore

/// `headrace lag`: what groups have not acknowledged yet, with what their sparse acknowledgements say.
public struct LagReporter: Sendable {
  private let kafka: KafkaConfiguration
  private let controlTopic: String?

  /// A report on a cluster's groups; does no I/O.
  ///
  /// - Parameters:
  ///   - kafka: The cluster.
  ///   - controlTopic: Where processors publish their status; nil leaves out why they are not faster.
  public init(kafka: KafkaConfiguration, controlTopic: String? = "headrace.control") {
    self.kafka = kafka
    self.controlTopic = controlTopic
  }

  /// One partition of one group.
  public struct Line: Sendable, Hashable, Codable {
    /// The group.
    public var group: String
    /// The topic.
    public var topic: String
    /// The partition.
    public var partition: Int32
    /// The committed offset: below it everything is acknowledged. Nil where nothing is committed.
    public var base: Int64?
    /// The partition's end.
    public var end: Int64
    /// Acknowledged beyond the base.
    public var acknowledgedBeyond: Int64
    /// What is left: end − base − acknowledged beyond it.
    public var pending: Int64
    /// Age of the oldest record that is not acknowledged, in seconds; nil where nothing is left.
    public var oldestAgeSeconds: Double?
    /// What holds the partition back, where its owner says so.
    public var whyNotFaster: WhyNotFaster?
    /// Why the committed metadata is not believed; nil where it is, or where there is none.
    public var metadataIgnored: String?
  }

  /// The lines of the groups named, or of all groups; sorted.
  ///
  /// - Throws: `ProcessorError` where a group that is named does not exist.
  public func report(groups names: [String]? = nil) async throws -> [Line] {
    let reader = TopicReader(kafka: kafka)
    var lines = try await reader.withAdmin { admin in
      var lines: [Line] = []
      let groups: [String]
      if let names { groups = names } else { groups = try await admin.groups().map(\.id).sorted() }
      for group in groups {
        let committed = try await admin.committedOffsets(of: group).filter { $0.offset >= 0 }
        guard !committed.isEmpty else {
          if names != nil, try await admin.describeGroups([group]).first?.state == "Dead" {
            throw ProcessorError(
              .configuration, "there is no group \(group); `headrace groups list` shows those that there are")
          }
          continue
        }
        let ends = try await admin.watermarks(of: committed.map(\.topicPartition))
        for stored in committed {
          guard let end = ends[stored.topicPartition] else { continue }
          lines.append(line(group, stored, end))
        }
      }
      return lines
    }
    try await addAges(&lines, reader)
    try await addReasons(&lines)
    return lines.sorted { ($0.group, $0.topic, $0.partition) < ($1.group, $1.topic, $1.partition) }
  }

  private func line(_ group: String, _ stored: PartitionOffset, _ end: Watermarks) -> Line {
    var line = Line(
      group: group, topic: stored.topic, partition: stored.partition, base: stored.offset, end: end.high,
      acknowledgedBeyond: 0, pending: max(0, end.high - max(stored.offset, end.low)))
    switch AckMetadata.decode(stored.metadata, committedOffset: stored.offset) {
    case .absent: break
    case .valid(let metadata):
      let ledger = metadata.ledger
      line.acknowledgedBeyond = ledger.span - Int64(ledger.undone)
      line.pending = max(0, line.pending - line.acknowledgedBeyond)
    case .ignored(let reason): line.metadataIgnored = reason
    }
    return line
  }

  /// Reads the record at each base, for its time.
  private func addAges(_ lines: inout [Line], _ reader: TopicReader) async throws {
    var ranges: [TopicPartition: Range<Int64>] = [:]
    for line in lines where line.pending > 0 {
      let place = TopicPartition(line.topic, line.partition)
      let base = min(line.base ?? 0, ranges[place]?.lowerBound ?? .max)
      ranges[place] = base..<line.end
    }
    var times: [TopicPartition: Int64] = [:]
    for (place, range) in ranges {
      try await reader.read([place: range]) { record in
        times[place] = record.timestampMilliseconds
        return false
      }
    }
    let now = Date.now.milliseconds
    for index in lines.indices where lines[index].pending > 0 {
      if let time = times[TopicPartition(lines[index].topic, lines[index].partition)] {
        lines[index].oldestAgeSeconds = max(0, Double(now - time) / 1000)
      } else {
        // Only transaction markers are left.
        lines[index].pending = 0
      }
    }
  }

  private func addReasons(_ lines: inout [Line]) async throws {
    guard let controlTopic, lines.contains(where: { $0.pending > 0 }) else { return }
    let statuses = try await ProcessorControl(kafka: kafka, topic: controlTopic).list().flatMap(\.replicas)
    for index in lines.indices {
      let line = lines[index]
      for status in statuses where status.group == line.group {
        if let found = status.partitions.first(where: { $0.topic == line.topic && $0.partition == line.partition }) {
          lines[index].whyNotFaster = found.whyNotFaster
        }
      }
    }
  }
}
