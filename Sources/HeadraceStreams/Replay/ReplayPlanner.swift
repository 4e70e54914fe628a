internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka

/// Makes a plan; reads only.
struct ReplayPlanner {
  let target: any ReplayTarget
  let reader: TopicReader

  func plan(_ request: ReplayRequest) async throws -> ReplayPlan {
    let ranges = try await ranges(of: request)
    guard !ranges.isEmpty else {
      throw ProcessorError(
        .replay, "there is nothing in that range of \(target.configuration.inputTopics.joined(separator: ", "))")
    }
    let selection = try await ReplaySelection.read(
      request, parts: ranges.map { ($0.key, $0.value) }, target: target, reader: reader)
    let journal = try await journalIndex()

    var parts: [TopicPartition: ReplayPlan.Part] = [:]
    for (place, range) in ranges {
      parts[place] = ReplayPlan.Part(
        topic: place.topic, partition: place.partition, start: range.lowerBound, end: range.upperBound, records: 0,
        bytes: 0)
    }
    var price = Price()
    try await reader.read(ranges) { record in
      guard selection.contains(record) else { return true }
      let place = TopicPartition(record.coordinate.topic, record.coordinate.partition)
      parts[place]!.records += 1
      parts[place]!.bytes += record.byteCount
      let time = record.timestampMilliseconds
      parts[place]!.oldestMilliseconds = min(parts[place]!.oldestMilliseconds ?? time, time)
      for call in try await target.plannedCalls(for: record, request: request) {
        let isKnown =
          request.journalMode == .use || request.journalMode == .require
          ? journal[place.partition]?.contains(call.fingerprint) == true
            || !price.seen.insert(Price.Call(partition: place.partition, fingerprint: call.fingerprint)).inserted
          : false
        price.add(call, isKnown: isKnown)
      }
      return true
    }
    let sorted = parts.values.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    let hash = try ReplayPlan.hash(request, sorted)
    let records = sorted.reduce(0) { $0 + $1.records }
    return ReplayPlan(
      id: ReplayPlan.id(hash), hash: hash, request: request, parts: sorted, journalHits: price.hits,
      journalMisses: price.misses, inputTokens: price.inputTokens, leastOutputTokens: price.leastOutput,
      mostOutputTokens: price.mostOutput, leastCost: Money(nanos: price.leastCost, currency: price.currency),
      mostCost: Money(nanos: price.mostCost, currency: price.currency),
      seconds: request.perSecond.map { Double(records) / max($0, 0.001) }, expiry: try await expiry(sorted),
      createdAt: .now)
  }

  private struct Price {
    struct Call: Hashable {
      var partition: Int32
      var fingerprint: CallFingerprint
    }
    var seen: Set<Call> = []
    var hits = 0
    var misses = 0
    var inputTokens = 0
    var leastOutput = 0
    var mostOutput = 0
    var leastCost: Int64 = 0
    var mostCost: Int64 = 0
    var currency = "USD"

    mutating func add(_ call: PlannedCall, isKnown: Bool) {
      guard !isKnown else {
        hits += 1
        return
      }
      misses += 1
      inputTokens += call.inputTokens
      leastOutput += call.outputTokens.lowerBound
      mostOutput += call.outputTokens.upperBound
      leastCost += call.cost.lowerBound
      mostCost += call.cost.upperBound
      currency = call.currency
    }
  }

  /// Both ends, frozen.
  private func ranges(of request: ReplayRequest) async throws -> [TopicPartition: Range<Int64>] {
    let topics = target.configuration.inputTopics
    return try await reader.withAdmin { admin throws -> [TopicPartition: Range<Int64>] in
      let places = try await reader.partitions(of: topics, admin)
      let marks = try await admin.watermarks(of: places)
      let starts = try await offsets(request.from, marks.mapValues(\.low), ends: marks.mapValues(\.high), admin)
      let ends = try await offsets(request.to, marks.mapValues(\.high), ends: marks.mapValues(\.high), admin)
      var ranges: [TopicPartition: Range<Int64>] = [:]
      for (place, mark) in marks {
        guard let start = starts[place], let end = ends[place] else { continue }
        let low = max(start, mark.low)
        let high = min(end, mark.high)
        if low < high { ranges[place] = low..<high }
      }
      return ranges
    }
  }

  private func offsets(
    _ bound: ReplayRequest.Bound, _ unbounded: [TopicPartition: Int64], ends: [TopicPartition: Int64],
    _ admin: KafkaAdmin
  ) async throws -> [TopicPartition: Int64] {
    switch bound {
    case .unbounded: return unbounded
    case .offsets(let offsets):
      var named: [TopicPartition: Int64] = [:]
      for place in ends.keys { if let offset = offsets[place.partition] { named[place] = offset } }
      return named
    case .time(let time):
      let found = try await admin.offsets(for: ends.mapValues { _ in time.milliseconds })
      var offsets = ends
      for (place, offset) in found { if let offset, offset >= 0 { offsets[place] = offset } }
      return offsets
    }
  }

  /// Fingerprints that the journal holds, by partition.
  private func journalIndex() async throws -> [Int32: Set<CallFingerprint>] {
    guard let topic = target.configuration.resultTopic ?? target.configuration.journalTopic else { return [:] }
    var index: [Int32: Set<CallFingerprint>] = [:]
    try await reader.read(reader.wholeRanges(of: [topic]), isolation: .readUncommitted) { record in
      if let key = record.key, case .result(let fingerprint)? = JournalKey(bytes: key) {
        if record.isTombstone {
          index[record.coordinate.partition]?.remove(fingerprint)
        } else {
          index[record.coordinate.partition, default: []].insert(fingerprint)
        }
      }
      return true
    }
    return index
  }

  /// What of the range is deleted first, by the topics' retention.
  private func expiry(_ parts: [ReplayPlan.Part]) async throws -> String? {
    var soonest: (topic: String, time: Int64)?
    let topics = Set(parts.map(\.topic))
    try await reader.withAdmin { admin in
      for topic in topics {
        let configs = try await admin.configs(of: .topic(topic))
        guard configs.first(where: { $0.name == "cleanup.policy" })?.value?.contains("delete") ?? false,
          let retention = configs.first(where: { $0.name == "retention.ms" })?.value.flatMap({ Int64($0) }),
          retention > 0,
          let oldest = parts.filter({ $0.topic == topic }).compactMap(\.oldestMilliseconds).min()
        else { continue }
        if soonest == nil || oldest + retention < soonest!.time { soonest = (topic, oldest + retention) }
      }
    }
    return soonest.map {
      "the oldest record of \($0.topic) may be deleted from \(Date(milliseconds: $0.time).rfc3339) on"
    }
  }
}
