internal import HeadraceTelemetry

extension Partition {
  /// Appends one batch as it came: checks it, gives it its offset, writes it and queues it for the journal.
  ///
  /// - Parameters:
  ///   - batch: What the request holds for this partition.
  ///   - zstdAllowed: Whether the request's version may carry zstd.
  /// - Throws: Kafka's error for what is wrong with the batch; KAFKA_STORAGE_ERROR when the disk refuses: nothing is
  ///   appended then, and a later attempt is welcome.
  func append(batch: UnsafeRawBufferPointer, zstdAllowed: Bool = true) throws(LogError) -> AppendResult {
    try append(unsafe ByteView(batch), zstdAllowed: zstdAllowed)
  }

  func append(_ batch: ByteView, zstdAllowed: Bool = true) throws(LogError) -> AppendResult {
    let configuration = settings.configuration
    let now = environment.now()
    let journal = environment.journal
    let admitted = JournalFile.recordOverhead + JournalPlace.byteCount + min(batch.count, environment.bulkBytes)
    do throws(LogError) {
      let header = try BatchValidator(configuration: configuration, now: now, zstdAllowed: zstdAllowed).check(batch)
      try journal.admit(admitted)
      do throws(LogError) {
        return try lock.withLock { () throws(LogError) in
          try checkNotDeleted()
          if case .duplicate(let first) = try producers.judge(header) {
            journal.cancel(admitted)
            environment.metrics.duplicateBatches.increment()
            return AppendResult(
              baseOffset: first.baseOffset, logAppendTime: first.logAppendTime, logStartOffset: startOffset,
              ticket: CommitTicket(journal: journal, number: appliedNumber), isDuplicate: true)
          }
          return try place(header, batch, configuration, now: now, admitted: admitted)
        }
      } catch {
        journal.cancel(admitted)
        throw error
      }
    } catch {
      environment.metrics.refusedBatches.increment()
      throw error
    }
  }

  /// Writes the batch at the end of the log. The lock is held.
  private func place(
    _ header: RecordBatchHeader, _ batch: ByteView, _ configuration: TopicConfiguration, now: Int64, admitted: Int
  ) throws(LogError) -> AppendResult {
    var header = header
    header.baseOffset = nextOffset
    header.partitionLeaderEpoch = 0
    let records = batch.dropFirst(RecordBatchHeader.byteCount)
    if configuration.usesLogAppendTime {
      header.attributes |= 0x08
      header.maxTimestamp = now
      let front = header.encoded().withView { CRC32C.checksum($0.dropFirst(RecordBatchHeader.checksumStart)) }
      header.crc = CRC32C.checksum(records, seed: front)
    }
    let logAppendTime = configuration.usesLogAppendTime ? now : -1
    let segment = segmentToAppend(header, configuration)
    let position = segment.size
    let encoded = header.encoded()
    let file = try encoded.withView { (front) throws(LogError) in
      try write(front, records, to: segment, at: position)
    }
    // Whether the cycle that takes this batch syncs the file, or writes the batch into the journal.
    let isBulk =
      environment.durability == .os
      || appendedBytes - visibleBytes + Int64(batch.count) >= Int64(environment.bulkBytes)
    if segments.last !== segment { segments.append(segment) }
    segment.take(header, at: position)
    producers.record(header, logAppendTime: logAppendTime, now: now)
    nextOffset = header.nextOffset
    appendedBytes += Int64(batch.count)
    let place = JournalPlace(
      topicId: topicId, partition: index, segmentBase: segment.base, generation: segment.generation, position: position)
    appliedNumber = place.encoded.withView { placeView in
      encoded.withView { front in
        environment.journal.enqueue(
          isBulk ? .extent : .append, JournalBody(placeView, front, isBulk ? .empty : records), admitted: admitted,
          advances: [JournalStage.Advance(partition: self, end: nextOffset, appendedBytes: appendedBytes)],
          syncFirst: isBulk && environment.durability == .fsync ? file : nil)
      }
    }
    environment.metrics.appendedBatches.increment()
    environment.metrics.appendedBytes.increment(by: batch.count)
    return AppendResult(
      baseOffset: header.baseOffset, logAppendTime: logAppendTime, logStartOffset: startOffset,
      ticket: CommitTicket(journal: environment.journal, number: appliedNumber), isDuplicate: false)
  }

  /// The segment that a batch goes to: the last one, or a new one where that is full or old. A new one joins the log
  /// only when something was written to it. The lock is held.
  func segmentToAppend(_ header: RecordBatchHeader, _ configuration: TopicConfiguration) -> Segment {
    guard let last = segments.last else { return Segment(base: nextOffset) }
    let isFull = last.size > 0 && last.size + Int64(header.byteCount) > configuration.segmentBytes
    let isOld =
      last.firstTimestamp >= 0 && header.maxTimestamp >= 0
      && header.maxTimestamp - last.firstTimestamp > configuration.segmentMilliseconds
    let isWide = header.lastOffset - last.base > Int64(Int32.max)
    return isFull || isOld || isWide ? Segment(base: nextOffset) : last
  }

  /// Writes to the segment's end, or leaves it as it was. The lock is held.
  func write(_ first: ByteView, _ second: ByteView, to segment: Segment, at position: Int64) throws(LogError)
    -> SegmentFile
  {
    let file = try file(of: segment, segment.size == 0 ? .replace : .existing)
    do throws(FileError) {
      if !segment.isTrimmed {
        try file.file.truncate(to: segment.size)
        segment.isTrimmed = true
      }
      try file.file.write(first, second, at: position)
      return file
    } catch {
      try? file.file.truncate(to: position)
      throw environment.storageError(error)
    }
  }
}
