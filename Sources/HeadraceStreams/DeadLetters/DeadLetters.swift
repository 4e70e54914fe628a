internal import FoundationEssentials
public import HeadraceCore
public import HeadraceKafka

/// Looks after dead letters: `headrace dlq list | show | redrive`.
public struct DeadLetters: Sendable {
  /// Up to so many offsets a topic's records are counted one by one.
  private static let countedOffsets = 100_000
  private let kafka: KafkaConfiguration
  private let suffix: String

  /// Dead letters of a cluster; does no I/O.
  ///
  /// - Parameters:
  ///   - kafka: The cluster.
  ///   - suffix: What a dead-letter topic's name ends in.
  public init(kafka: KafkaConfiguration, suffix: String = ".dlq") {
    self.kafka = kafka
    self.suffix = suffix
  }

  private var reader: TopicReader { TopicReader(kafka: kafka) }

  /// A dead-letter topic and how many records lie in it.
  public struct Topic: Sendable, Hashable, Codable {
    /// The dead-letter topic's name.
    public var name: String
    /// The topic whose records it holds.
    public var source: String
    /// Records in it; beyond 100,000 offsets an upper bound, with transaction markers.
    public var records: Int64
    /// Those not put back yet.
    public var notRedriven: Int64
  }

  /// Every dead-letter topic of the cluster.
  public func topics() async throws -> [Topic] {
    try await reader.withAdmin { admin in
      let names = try await admin.topics(includeInternal: false).map(\.name).filter { $0.hasSuffix(suffix) }.sorted()
      var found: [Topic] = []
      for name in names {
        let places = try await reader.partitions(of: [name], admin)
        let ends = try await admin.watermarks(of: places)
        let done = (try? await admin.committedOffsets(of: group(name), partitions: places)) ?? []
        var topic = Topic(name: name, source: String(name.dropLast(suffix.count)), records: 0, notRedriven: 0)
        var ledgers: [TopicPartition: Ledger] = [:]
        for (place, end) in ends { ledgers[place] = ledger(done.first { $0.topicPartition == place }, low: end.low) }
        let offsets = ends.values.reduce(Int64(0)) { $0 + $1.high - $1.low }
        if offsets <= Self.countedOffsets {
          try await reader.read(ends.mapValues { $0.low..<max($0.low, $0.high) }) { record in
            topic.records += 1
            let place = TopicPartition(record.coordinate.topic, record.coordinate.partition)
            if ledgers[place]?.isDone(record.coordinate.offset) == false { topic.notRedriven += 1 }
            return true
          }
        } else {
          let redriven = ends.reduce(Int64(0)) { sum, end in
            let ledger = ledgers[end.key]!
            return sum + max(0, ledger.base - end.value.low) + ledger.span - Int64(ledger.undone)
          }
          topic.records = offsets
          topic.notRedriven = max(0, offsets - redriven)
        }
        found.append(topic)
      }
      return found
    }
  }

  /// Calls `body` for each dead letter that is meant, in the order of each partition; it returns false to stop.
  ///
  /// - Parameters:
  ///   - topic: A dead-letter topic, or the topic whose dead letters are meant.
  ///   - filter: Which of them.
  ///   - body: Gets each; false ends the reading.
  public func list(
    _ topic: String, _ filter: DeadLetterFilter = DeadLetterFilter(), _ body: (DeadLetter) async throws -> Bool
  ) async throws {
    var left = filter.limit ?? Int.max
    let ranges = try await reader.wholeRanges(of: [name(topic)])
    guard !ranges.isEmpty else { throw ProcessorError(.configuration, "there is no topic \(name(topic))") }
    try await reader.read(ranges) { record in
      let letter = DeadLetter(record)
      guard filter.matches(letter) else { return true }
      guard left > 0 else { return false }
      left -= 1
      let goesOn = try await body(letter)
      return goesOn && left > 0
    }
  }

  /// The dead letter at a coordinate; nil where there is none.
  ///
  /// - Throws: `ProcessorError` where the topic or the partition does not exist, or the offset lies outside of it.
  public func show(_ coordinate: RecordCoordinate) async throws -> DeadLetter? {
    var found: DeadLetter?
    let place = TopicPartition(coordinate.topic, coordinate.partition)
    let ranges = try await reader.wholeRanges(of: [coordinate.topic])
    guard !ranges.isEmpty else { throw ProcessorError(.configuration, "there is no topic \(coordinate.topic)") }
    guard let range = ranges[place] else {
      throw ProcessorError(
        .configuration, "\(coordinate.topic) has the partitions 0 to \(ranges.count - 1), not \(coordinate.partition)")
    }
    guard range.contains(coordinate.offset) else {
      throw ProcessorError(
        .configuration,
        range.isEmpty
          ? "\(place) holds no records"
          : "\(place) holds the offsets \(range.lowerBound) to \(range.upperBound - 1), not \(coordinate.offset)")
    }
    try await reader.read([place: coordinate.offset..<coordinate.offset + 1]) { record in
      found = DeadLetter(record)
      return false
    }
    return found
  }

  /// What a redrive did, or would do.
  public struct Redrive: Sendable, Hashable, Codable {
    /// Dead letters that match and were not put back before.
    public var matched = 0
    /// Put back (or that would be).
    public var redriven = 0
    /// Left, since they have been put back as often as is allowed.
    public var looping = 0
    /// Left, since neither they nor their source hold the value any more.
    public var valueGone = 0
    /// Whether it was done.
    public var executed = false
  }

  /// Puts dead letters back into the topic they came from, each once: what was put back is remembered, in the same
  /// transaction, under the group `headrace.redrive.<topic>`. Without `execute` it only counts.
  ///
  /// - Parameters:
  ///   - topic: A dead-letter topic, or the topic whose dead letters are meant.
  ///   - filter: Which of them.
  ///   - execute: Whether to do it.
  ///   - maximumRedrives: A record that has been put back so often stays: the guard against loops.
  public func redrive(
    _ topic: String, _ filter: DeadLetterFilter = DeadLetterFilter(), execute: Bool, maximumRedrives: Int = 3
  ) async throws -> Redrive {
    let topic = name(topic)
    let ranges = try await reader.wholeRanges(of: [topic])
    guard !ranges.isEmpty else { throw ProcessorError(.configuration, "there is no topic \(topic)") }
    let places = Array(ranges.keys)
    let stored = try await reader.withAdmin {
      try await $0.committedOffsets(of: group(topic), partitions: places)
    }
    var ledgers: [TopicPartition: Ledger] = [:]
    for (place, range) in ranges {
      ledgers[place] = ledger(stored.first { $0.topicPartition == place }, low: range.lowerBound)
    }
    var report = Redrive(executed: execute)
    let writer = try execute ? RedriveWriter(kafka: kafka, group: group(topic), topic: topic) : nil
    let starts = ranges.map { ($0.key, min(ledgers[$0.key]!.base, $0.value.upperBound)..<$0.value.upperBound) }
    do {
      try await writer?.begin()
      try await reader.read(Dictionary(uniqueKeysWithValues: starts)) { record in
        let place = TopicPartition(record.coordinate.topic, record.coordinate.partition)
        guard ledgers[place]!.canReceive(record.coordinate.offset) else {
          throw ProcessorError(
            .configuration,
            "more than \(Ledger.sparseUndone) dead letters of \(place) would stay between others that "
              + "were put back: put back more of them, or copy what shall stay to another topic")
        }
        guard ledgers[place]!.receive(record.coordinate.offset) else { return true }
        let letter = DeadLetter(record)
        guard filter.matches(letter), report.redriven < filter.limit ?? .max else { return true }
        report.matched += 1
        guard letter.redrives < maximumRedrives else {
          report.looping += 1
          return true
        }
        guard let original = try await original(of: letter) else {
          report.valueGone += 1
          return true
        }
        report.redriven += 1
        ledgers[place]!.finish(record.coordinate.offset)
        try await writer?.write(original, ledgers)
        return true
      }
      try await writer?.finish(ledgers)
    } catch {
      await writer?.abort()
      throw error
    }
    return report
  }

  // MARK: Helpers

  /// The record to put back: without the error's headers, with one more redrive.
  private func original(of letter: DeadLetter) async throws -> Output? {
    var record = letter.record
    if letter.valueLeftOut != nil {
      guard let source = letter.source else { return nil }
      var found: RawRecord?
      try await reader.read([TopicPartition(source.topic, source.partition): source.offset..<source.offset + 1]) {
        if $0.coordinate == source { found = $0 }
        return false
      }
      guard let found else { return nil }
      record = found
    }
    let topic = letter.source?.topic ?? String(letter.coordinate.topic.dropLast(suffix.count))
    var headers = record.headers.filter {
      !DeadLetterHeaders.all.contains($0.name) && $0.name != DeadLetterHeaders.redrives
    }
    headers.append(RecordHeader(DeadLetterHeaders.redrives, String(letter.redrives + 1)))
    return Output(
      topic: topic, partition: letter.source?.partition, key: record.key, value: record.value, headers: headers)
  }

  private func name(_ topic: String) -> String { topic.hasSuffix(suffix) ? topic : topic + suffix }
  private func group(_ topic: String) -> String { "headrace.redrive." + name(topic) }

  private func ledger(_ stored: PartitionOffset?, low: Int64) -> Ledger {
    guard let stored, stored.offset >= low else { return Ledger(base: low) }
    if case .valid(let metadata) = AckMetadata.decode(stored.metadata, committedOffset: stored.offset) {
      return metadata.ledger
    }
    return Ledger(base: stored.offset)
  }
}
