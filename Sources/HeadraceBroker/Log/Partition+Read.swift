internal import HeadraceTelemetry

extension Partition {
  /// No read hands out more pieces: each is a sendfile(2) of its own.
  private static let largestSliceCount = 16

  /// What a fetch from `offset` may send: whole batches of at most `maxBytes`, from the one that holds the offset.
  ///
  /// - Parameter minOneBatch: The first batch is given even when it alone is larger than `maxBytes`.
  /// - Throws: OFFSET_OUT_OF_RANGE outside of log start ... high watermark, UNKNOWN_TOPIC_OR_PARTITION once deleted,
  ///   KAFKA_STORAGE_ERROR when a segment cannot be read.
  func read(
    from offset: Int64, maxBytes: Int, minOneBatch: Bool, isolation: Isolation
  ) throws(LogError) -> ReadResult {
    var (result, upper) = try lock.withLock { () throws(LogError) in
      try checkNotDeleted()
      guard offset >= startOffset, offset <= currentHighWatermark else {
        throw .offsetOutOfRange("offset \(offset) is outside of \(startOffset)...\(currentHighWatermark)")
      }
      let result = ReadResult(
        highWatermark: currentHighWatermark, lastStableOffset: stableWatermark, logStartOffset: startOffset)
      return (result, isolation == .readCommitted ? stableWatermark : currentHighWatermark)
    }
    var from = offset
    var left = maxBytes
    while from < upper, result.slices.count < Self.largestSliceCount {
      let mayOverrun = minOneBatch && result.slices.isEmpty
      guard left > 0 || mayOverrun, let stretch = try plan(from: from, upper: upper, maxBytes: left) else { break }
      let slice = try stretch.resolve(maxBytes: left, minOneBatch: mayOverrun)
      if slice.length > 0 {
        result.slices.append(slice)
        left -= slice.length
      }
      // A segment that was not read to its end has filled the request.
      guard slice.position + Int64(slice.length) == stretch.size else { break }
      from = max(stretch.nextOffset, from + 1)
    }
    if isolation == .readCommitted, !result.slices.isEmpty {
      result.aborted = lock.withLock { aborted(from: offset, before: upper) }
    }
    environment.metrics.readBytes.increment(by: result.byteCount)
    return result
  }

  /// Rolled-back transactions that overlap a range. The lock is held.
  private func aborted(from: Int64, before upper: Int64) -> [AbortedTransaction] {
    let first = abortedTransactions.partitioningIndex { $0.markerOffset < from }
    return abortedTransactions[first...].filter { $0.firstOffset < upper }
  }

  /// The segment that holds `from` or what follows it, with what its index knows; nil when there is none.
  private func plan(from: Int64, upper: Int64, maxBytes: Int) throws(LogError) -> ReadStretch? {
    try lock.withLock { () throws(LogError) in
      try checkNotDeleted()
      let first = segments.partitioningIndex { $0.nextOffset <= from }
      guard let segment = segments[first...].first(where: { $0.size > 0 }), segment.base < upper else { return nil }
      let file = try file(of: segment)
      try loadIndex(of: segment)
      let start = segment.index.entry(before: from)
      let startPosition = start?.position ?? 0
      let end = segment.index.entry(beforePosition: startPosition + Int64(maxBytes), offset: upper)
      return ReadStretch(
        file: file, size: segment.size, nextOffset: segment.nextOffset, from: from, upper: upper,
        startHint: startPosition, startHintOffset: start?.offset ?? segment.base,
        endHint: max(end?.position ?? 0, startPosition))
    }
  }

  // MARK: Indexes

  /// Makes the segment's index whole: from its hints, and by reading what they lack. The lock is held.
  func loadIndex(of segment: Segment) throws(LogError) {
    loadHints(of: segment)
    if segment.index.coveredBytes == segment.size { return }
    do throws(LogError) {
      try scanRest(of: segment)
    } catch {
      // The hints were wrong: once more without them.
      segment.index = SegmentIndex()
      try scanRest(of: segment)
    }
  }

  /// Reads the hint file on first use. The lock is held.
  func loadHints(of segment: Segment) {
    if segment.isIndexLoaded { return }
    segment.isIndexLoaded = true
    guard let file = try? environment.fileSystem.open(indexPath(of: segment), .existing), let size = try? file.size(),
      size <= 1 << 28, let bytes = try? file.read(at: 0, count: Int(size))
    else { return }
    segment.index = SegmentIndex(hints: bytes, base: segment.base, size: segment.size)
  }

  private func scanRest(of segment: Segment) throws(LogError) {
    let file = try file(of: segment)
    var walker = BatchWalker(file.file, from: segment.index.coveredBytes, end: segment.size, chunkBytes: 1 << 20)
    while let header = try walker.peek() {
      segment.index.add(header, at: walker.position)
      walker.skip(header)
    }
  }

  /// Adds what the hint file lacks; a failure costs nothing but a scan later. The lock is held.
  func persistHints(of segment: Segment) {
    guard segment.isIndexLoaded, segment.index.entries.count > segment.index.persistedEntries else { return }
    let bytes = segment.index.encodedNewEntries()
    let position = Int64(segment.index.persistedEntries * SegmentIndex.encodedEntryBytes)
    do throws(FileError) {
      try environment.fileSystem.open(indexPath(of: segment), position == 0 ? .replace : .create).write(
        bytes, at: position)
      segment.index.persistedEntries = segment.index.entries.count
    } catch {
      environment.metrics.storageErrors.increment()
    }
  }

  func indexPath(of segment: Segment) -> String { String(path(of: segment).dropLast(3)) + "index" }
}
