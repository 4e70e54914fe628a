internal import FoundationEssentials

extension Partition {
  // MARK: The checkpoint's copy

  /// Writes what recovery needs, and names the files that must be synced before it counts.
  ///
  /// - Returns: the last journal record in the copy, and the segments written to since the last one.
  func encode(to writer: inout ByteWriter) -> (number: UInt64, dirty: [SegmentFile]) {
    lock.withLock {
      writer.put(index)
      writer.put(appliedNumber)
      writer.put(startOffset)
      writer.put(nextOffset)
      writer.put(cleanedOffset)
      writer.put(UInt32(segments.count))
      var dirty: [SegmentFile] = []
      for segment in segments {
        segment.encode(to: &writer)
        if segment.isDirty {
          persistHints(of: segment)
          // Replay may have taken in what an unsynced log wrote, without opening the file.
          if let file = try? file(of: segment) { dirty.append(file) }
          segment.isDirty = false
        }
      }
      producers.encode(to: &writer)
      writer.put(UInt32(abortedTransactions.count))
      for aborted in abortedTransactions {
        writer.put(aborted.producerId)
        writer.put(aborted.firstOffset)
        writer.put(aborted.markerOffset)
      }
      return (appliedNumber, dirty)
    }
  }

  /// Takes over what `encode` wrote, but for the index, which the caller has read.
  func restore(from reader: inout ByteReader) throws(ByteReader.Malformed) {
    appliedNumber = try reader.get(UInt64.self)
    startOffset = try reader.get(Int64.self)
    nextOffset = try reader.get(Int64.self)
    cleanedOffset = try reader.get(Int64.self)
    for _ in 0..<(try reader.get(UInt32.self)) { segments.append(try Segment(from: &reader)) }
    producers = try ProducerTable(from: &reader)
    for _ in 0..<(try reader.get(UInt32.self)) {
      abortedTransactions.append(
        AbortedTransaction(
          producerId: try reader.get(Int64.self), firstOffset: try reader.get(Int64.self),
          markerOffset: try reader.get(Int64.self)))
    }
    becomeVisible()
  }

  /// All that is here is durable: readers may see it.
  func becomeVisible() {
    currentHighWatermark = nextOffset
    visibleBytes = appendedBytes
    stableWatermark = producers.lastStableOffset(highWatermark: nextOffset)
  }

  // MARK: Replay

  /// Takes in a batch again that the journal holds.
  ///
  /// - Parameter bytes: The whole batch, written to its place; nil when the segment has it already.
  /// - Returns: the segment's file when it was written to.
  func replay(
    _ header: RecordBatchHeader, at place: JournalPlace, number: UInt64, bytes: ByteView?
  ) throws(LogError) -> SegmentFile? {
    try lock.withLock { () throws(LogError) in
      guard number > appliedNumber else { return nil }
      let segment = try segmentToReplay(place)
      var written: SegmentFile?
      if let bytes {
        let file = try file(of: segment, .create)
        do throws(FileError) { try file.file.write(bytes, at: place.position) } catch {
          throw environment.storageError(error)
        }
        written = file
      }
      loadHints(of: segment)
      segment.take(header, at: place.position)
      appendedBytes += Int64(header.byteCount)
      nextOffset = header.nextOffset
      appliedNumber = number
      if header.isControl {
        let isCommit = bytes.map(Self.isCommitMarker) ?? true
        takeMarker(
          producerId: header.producerId, epoch: header.producerEpoch, offset: header.baseOffset, commit: isCommit,
          now: header.maxTimestamp)
      } else {
        producers.record(
          header, logAppendTime: header.usesLogAppendTime ? header.maxTimestamp : -1, now: environment.now())
      }
      return written
    }
  }

  /// Whether a power cut took this batch, or one before it: commits were not synced, so its segment may lack what the
  /// journal has. From there on nothing of the partition is taken in.
  func lacks(
    _ header: RecordBatchHeader, at place: JournalPlace, number: UInt64, hasBytes: Bool
  ) throws(LogError) -> Bool {
    lock.withLock {
      if number <= appliedNumber { return false }
      if !isTorn {
        isTorn = header.baseOffset != nextOffset || (!hasBytes && !isWhole(header, at: place))
      }
      return isTorn
    }
  }

  private func isWhole(_ header: RecordBatchHeader, at place: JournalPlace) -> Bool {
    let segment = Segment(base: place.segmentBase, generation: place.generation)
    guard let file = try? environment.fileSystem.open(path(of: segment), .existing),
      let bytes = try? file.read(at: place.position, count: header.byteCount), bytes.count == header.byteCount
    else { return false }
    return bytes.withView { view in
      RecordBatchHeader(view) == header
        && CRC32C.checksum(view.dropFirst(RecordBatchHeader.checksumStart)) == header.crc
    }
  }

  private func segmentToReplay(_ place: JournalPlace) throws(LogError) -> Segment {
    if let last = segments.last, last.base == place.segmentBase, last.generation == place.generation {
      guard place.position == last.size else {
        throw .storage("the journal goes on at byte \(place.position) of \(path(of: last)), which has \(last.size)")
      }
      return last
    }
    guard place.position == 0, place.segmentBase == nextOffset else {
      throw .storage("the journal names a segment \(place.segmentBase) that \(topicName)-\(index) does not have")
    }
    let segment = Segment(base: place.segmentBase, generation: place.generation)
    segment.isTrimmed = false
    segments.append(segment)
    return segment
  }

  /// The log's start moved.
  func replayStart(_ target: Int64, number: UInt64) {
    lock.withLock {
      guard number > appliedNumber else { return }
      _ = dropSegments(below: target)
      appliedNumber = number
    }
  }

  /// Ends a producer's transaction in this partition. The lock is held.
  func takeMarker(producerId: Int64, epoch: Int16, offset: Int64, commit: Bool, now: Int64) {
    let start = producers.end(producerId: producerId, epoch: epoch, markerOffset: offset, now: now)
    if let start, !commit {
      abortedTransactions.append(
        AbortedTransaction(producerId: producerId, firstOffset: start, markerOffset: offset))
    }
  }

  /// Whether a control batch ends its transaction for good (or rolls it back).
  static func isCommitMarker(_ batch: ByteView) -> Bool {
    var parser = RecordParser(batch.dropFirst(RecordBatchHeader.byteCount))
    guard let key = (try? parser.next())?.key, key.count >= 4 else { return true }
    return key.int16(2) == 1
  }
}
