/// One segment in the search for a timestamp: planned under the partition's lock, read without it.
struct TimestampStretch {
  let file: SegmentFile
  let base: Int64
  let size: Int64
  /// A batch before which no timestamp is large enough.
  let start: Int64
  /// The log's start.
  let from: Int64
  /// The first offset that is not visible.
  let upper: Int64

  func firstRecord(atOrAfter timestamp: Int64) throws(LogError) -> (offset: Int64, timestamp: Int64)? {
    var walker = BatchWalker(file.file, from: start, end: size)
    while let header = try walker.peek(), header.baseOffset < upper {
      if header.maxTimestamp >= timestamp, header.nextOffset > from, !header.isControl,
        let found = try record(of: header, at: walker.position, atOrAfter: timestamp)
      {
        return found
      }
      walker.skip(header)
    }
    return nil
  }

  private func record(
    of header: RecordBatchHeader, at position: Int64, atOrAfter timestamp: Int64
  ) throws(LogError) -> (offset: Int64, timestamp: Int64)? {
    if header.usesLogAppendTime { return (max(header.baseOffset, from), header.maxTimestamp) }
    let bytes: [UInt8]
    do throws(FileError) { bytes = try file.file.read(at: position, count: header.byteCount) } catch {
      throw LogError(error)
    }
    guard let compression = header.compression,
      let plain = try? bytes.withView({ view in
        try Compression.decompress(
          view.dropFirst(RecordBatchHeader.byteCount), compression, limit: Compression.largestBatch)
      })
    else { return nil }
    return plain.withView { view in
      var parser = RecordParser(view)
      while !parser.isAtEnd, let record = try? parser.next() {
        let offset = header.baseOffset + Int64(record.offsetDelta)
        let recordTimestamp = header.baseTimestamp + record.timestampDelta
        if offset >= from, recordTimestamp >= timestamp { return (offset, recordTimestamp) }
      }
      return nil
    }
  }
}
