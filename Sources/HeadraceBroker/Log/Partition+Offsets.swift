extension Partition {
  /// The first record, in offset order, whose timestamp is at or after `timestamp`.
  ///
  /// - Returns: its offset and its own timestamp; nil when there is none below the watermark.
  func offset(
    forTimestamp timestamp: Int64, isolation: Isolation
  ) throws(LogError) -> (offset: Int64, timestamp: Int64)? {
    var after: Int64 = -1
    while let stretch = try stretch(holding: timestamp, after: after, isolation: isolation) {
      if let found = try stretch.firstRecord(atOrAfter: timestamp) { return found }
      after = stretch.base
    }
    return nil
  }

  /// The record with the largest timestamp; of several the first.
  func offsetOfMaxTimestamp() throws(LogError) -> (offset: Int64, timestamp: Int64)? {
    let largest = lock.withLock { segments.map(\.maxTimestamp).max() ?? -1 }
    return largest < 0 ? nil : try offset(forTimestamp: largest, isolation: .readUncommitted)
  }

  private func stretch(
    holding timestamp: Int64, after base: Int64, isolation: Isolation
  ) throws(LogError) -> TimestampStretch? {
    try lock.withLock { () throws(LogError) in
      try checkNotDeleted()
      let found = segments.first {
        $0.base > base && $0.maxTimestamp >= timestamp && $0.size > 0 && $0.nextOffset > startOffset
      }
      guard let segment = found else { return nil }
      let file = try file(of: segment)
      try loadIndex(of: segment)
      return TimestampStretch(
        file: file, base: segment.base, size: segment.size,
        start: segment.index.entry(beforeTimestamp: timestamp)?.position ?? 0, from: startOffset,
        upper: isolation == .readCommitted ? stableWatermark : currentHighWatermark)
    }
  }

  /// Moves the log's start up to `offset`; durable when it returns.
  ///
  /// - Parameter offset: -1 is the high watermark; at or below the start nothing changes.
  /// - Returns: the log's start.
  /// - Throws: OFFSET_OUT_OF_RANGE beyond the high watermark, POLICY_VIOLATION for a topic that is only compacted.
  func deleteRecords(before offset: Int64) throws(LogError) -> Int64 {
    let configuration = settings.configuration
    if configuration.isCompacted, !configuration.isDeleted {
      throw .policyViolation("\(topicName) is compacted: records go by their keys")
    }
    let (start, removal) = try moveStart { () throws(LogError) in
      let target = offset == -1 ? self.currentHighWatermark : offset
      guard target >= 0, target <= self.currentHighWatermark else {
        throw .offsetOutOfRange("offset \(offset) is beyond \(self.currentHighWatermark)")
      }
      return target
    }
    try removal.finish()
    return start
  }

  /// Moves the log's start to what `target` answers under the lock, and lets go of segments wholly below it.
  ///
  /// - Returns: the new start, and what is left to do: wait for the journal, then remove files.
  func moveStart(
    _ target: () throws(LogError) -> Int64
  ) throws(LogError) -> (start: Int64, removal: SegmentRemoval) {
    let journal = environment.journal
    let admitted = JournalFile.recordOverhead + 28
    try journal.admit(admitted)
    do throws(LogError) {
      return try lock.withLock { () throws(LogError) in
        try checkNotDeleted()
        let target = try target()
        guard target > startOffset else {
          journal.cancel(admitted)
          let ticket = CommitTicket(journal: journal, number: appliedNumber)
          return (startOffset, SegmentRemoval(paths: [], bytes: 0, ticket: ticket, environment: environment))
        }
        var writer = ByteWriter(capacity: 28)
        writer.put(topicId)
        writer.put(index)
        writer.put(target)
        appliedNumber = writer.bytes.withView { journal.enqueue(.logStart, JournalBody($0), admitted: admitted) }
        let removed = dropSegments(below: target)
        return (
          target,
          SegmentRemoval(
            paths: removed.flatMap { [path(of: $0), indexPath(of: $0)] }, bytes: removed.reduce(0) { $0 + $1.size },
            ticket: CommitTicket(journal: journal, number: appliedNumber), environment: environment)
        )
      }
    } catch {
      journal.cancel(admitted)
      throw error
    }
  }

  /// Forgets what is wholly below the new start. The lock is held.
  func dropSegments(below target: Int64) -> [Segment] {
    startOffset = target
    nextOffset = max(nextOffset, target)
    let removed = segments.prefix { $0.nextOffset <= target }
    segments.removeFirst(removed.count)
    abortedTransactions.removeAll { $0.markerOffset < target }
    cleanedOffset = max(cleanedOffset, target)
    return Array(removed)
  }
}
