internal import HeadraceTelemetry

/// One cleaning of one partition: of every key only the last record stays, offsets and batch bounds stay as they are.
///
/// Works on sealed segments whose transactions are decided. The cleaned ones are new files; a journal record puts
/// them in the place of the old ones, which go once that record is durable.
struct Compaction {
  private let partition: Partition
  private let environment: LogEnvironment
  private let configuration: TopicConfiguration
  private let now: Int64
  private let largestMap: Int
  private let shouldStop: () -> Bool

  init(_ partition: Partition, memoryBytes: Int, shouldStop: @escaping () -> Bool) {
    self.partition = partition
    environment = partition.environment
    configuration = partition.settings.configuration
    now = environment.now()
    // A dictionary's entry of 24 bytes, with the room that it keeps free.
    largestMap = max(16, memoryBytes / 48)
    self.shouldStop = shouldStop
  }

  /// A sealed segment as it was when the cleaning began.
  private struct Source {
    let segment: Segment
    let file: SegmentFile
    let size: Int64
    let base: Int64
    let nextOffset: Int64
    let generation: Int32
  }

  private struct Plan {
    let all: [Source]
    /// Those not cleaned yet, or not to their end.
    let dirty: [Source]
    let cleanedOffset: Int64
    let aborted: AbortedRanges
  }

  func run() throws(LogError) {
    guard let plan = try plan() else { return }
    let (latest, limit) = try keys(plan.dirty, plan.aborted, from: plan.cleanedOffset)
    let filter = BatchFilter(
      latest: latest, limit: limit, aborted: plan.aborted, now: now,
      deleteRetention: configuration.deleteRetentionMilliseconds)
    for group in groups(plan.all.filter { $0.base < limit }) where !shouldStop() {
      try clean(group, filter, limit: limit)
    }
  }

  // MARK: What there is to do

  private func plan() throws(LogError) -> Plan? {
    try partition.lock.withLock { () throws(LogError) in
      try partition.checkNotDeleted()
      let sealed = partition.segments.dropLast().prefix { segment in
        segment.nextOffset <= partition.stableWatermark
          && (configuration.minCompactionLagMilliseconds == 0
            || segment.maxTimestamp < now - configuration.minCompactionLagMilliseconds)
      }
      let dirty = sealed.drop { $0.nextOffset <= partition.cleanedOffset }
      let bytes = sealed.reduce(0) { $0 + $1.size }
      let dirtyBytes = dirty.reduce(0) { $0 + $1.size }
      let isDirty = dirtyBytes > 0 && Double(dirtyBytes) >= configuration.minCleanableDirtyRatio * Double(bytes)
      let isOverdue = dirty.contains {
        configuration.maxCompactionLagMilliseconds < .max
          && $0.firstTimestamp < now - configuration.maxCompactionLagMilliseconds
      }
      let hasExpired = sealed.contains { $0.deleteHorizon <= now }
      guard isDirty || isOverdue || hasExpired else { return nil }
      var all: [Source] = []
      for segment in sealed {
        all.append(
          Source(
            segment: segment, file: try partition.file(of: segment), size: segment.size, base: segment.base,
            nextOffset: segment.nextOffset, generation: segment.generation))
      }
      return Plan(
        all: all, dirty: Array(all.suffix(dirty.count)), cleanedOffset: partition.cleanedOffset,
        aborted: AbortedRanges(partition.abortedTransactions))
    }
  }

  /// The last offset of every key in the dirty part, as far as memory goes.
  ///
  /// - Returns: the map, and the first offset that it does not cover.
  private func keys(
    _ dirty: [Source], _ aborted: AbortedRanges, from cleanedOffset: Int64
  ) throws(LogError) -> ([CompactionKey: Int64], limit: Int64) {
    var latest: [CompactionKey: Int64] = [:]
    var limit = cleanedOffset
    for source in dirty {
      var scanner = BatchScanner(source.file.file, end: source.size)
      var isFull = false
      while !isFull {
        if shouldStop() { throw .storage("the log is being closed") }
        let more = try scanner.next { (header, batch) throws(LogError) in
          guard header.nextOffset > cleanedOffset, !header.isControl, !aborted.contains(header) else { return }
          if latest.count + Int(header.recordCount) > largestMap, !latest.isEmpty {
            isFull = true
            return
          }
          let plain = try BatchFilter.plainRecords(header, batch)
          try plain.withView { (view) throws(LogError) in
            var parser = RecordParser(view)
            while !parser.isAtEnd {
              let record = try BatchFilter.next(&parser, header)
              if let key = record.key { latest[CompactionKey(key)] = header.baseOffset + Int64(record.offsetDelta) }
            }
          }
        }
        if !more { break }
        if !isFull { limit = max(limit, scanner.lastHeader?.nextOffset ?? limit) }
      }
      if isFull { return (latest, limit) }
      limit = source.nextOffset
    }
    return (latest, limit)
  }

  /// Neighbours that fit into one segment together.
  private func groups(_ sources: [Source]) -> [[Source]] {
    var groups: [[Source]] = []
    var bytes: Int64 = 0
    for source in sources {
      bytes += source.size
      if let first = groups.last?.first, bytes <= configuration.segmentBytes,
        source.nextOffset - first.base <= Int64(Int32.max)
      {
        groups[groups.count - 1].append(source)
      } else {
        groups.append([source])
        bytes = source.size
      }
    }
    return groups
  }

  // MARK: Cleaning

  private func clean(_ group: [Source], _ filter: BatchFilter, limit: Int64) throws(LogError) {
    let cleaned = Segment(base: group[0].base, generation: group[0].generation + 1)
    var output = try SegmentWriter(partition, cleaned)
    var isChanged = group.count > 1
    for source in group {
      var scanner = BatchScanner(source.file.file, end: source.size)
      var more = true
      while more {
        if shouldStop() {
          output.discard()
          return
        }
        more = try scanner.next { (header, batch) throws(LogError) in
          switch try filter.apply(header, batch) {
          case .keep(let horizon): try output.append(header, batch, horizon: horizon)
          case .drop: isChanged = true
          case .replace(let bytes, let horizon):
            isChanged = true
            try bytes.withView { (view) throws(LogError) in
              try output.append(RecordBatchHeader(view)!, view, horizon: horizon)
            }
          }
        }
      }
    }
    guard isChanged else {
      output.discard()
      partition.lock.withLock { group[0].segment.deleteHorizon = cleaned.deleteHorizon }
      try replace(group, by: nil, limit: limit)
      return
    }
    try output.finish()
    // It stands for the whole stretch, whatever its last record is.
    cleaned.nextOffset = group[group.count - 1].nextOffset
    try replace(group, by: cleaned, limit: limit)
    environment.metrics.compactedBytes.increment(by: Int(group.reduce(0) { $0 + $1.size } - cleaned.size))
  }

  /// Puts the cleaned segment in the place of its sources; nil leaves them, and notes that they are clean.
  private func replace(_ group: [Source], by cleaned: Segment?, limit: Int64) throws(LogError) {
    let cleanedOffset = min(limit, group[group.count - 1].nextOffset)
    let replacement = SegmentReplacement(
      removed: cleaned == nil ? [] : group.map { SegmentReplacement.Name(base: $0.base, generation: $0.generation) },
      added: cleaned.map { $0.size > 0 ? [$0] : [] } ?? [], cleanedOffset: cleanedOffset)
    guard let removal = try partition.replace(replacement) else { return }
    try removal.finish()
  }
}
