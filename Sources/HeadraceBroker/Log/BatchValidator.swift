/// The checks that a producer's batch must pass, with Kafka's error for each.
struct BatchValidator {
  let configuration: TopicConfiguration
  /// Milliseconds since 1970.
  let now: Int64
  let zstdAllowed: Bool

  /// - Returns: the header of the one batch that the bytes are.
  func check(_ view: ByteView) throws(LogError) -> RecordBatchHeader {
    if view.count > 16, view.int8(16) != 2 {
      throw .invalidRecord("record format \(view.int8(16)) is not written any more")
    }
    guard let header = RecordBatchHeader(view) else { throw .invalidRecord("\(view.count) bytes are no record batch") }
    guard header.batchLength >= 49, header.byteCount == view.count else {
      throw .invalidRecord("the batch says \(header.batchLength) bytes, the request holds \(view.count - 12)")
    }
    guard view.count <= configuration.maxMessageBytes else {
      throw .messageTooLarge("\(view.count) bytes, max.message.bytes is \(configuration.maxMessageBytes)")
    }
    guard CRC32C.checksum(view.dropFirst(RecordBatchHeader.checksumStart)) == header.crc else {
      throw .corruptMessage("checksum of the batch does not match its content")
    }
    guard let compression = header.compression else { throw .invalidRecord("unknown compression") }
    if compression == .zstd, !zstdAllowed { throw .unsupportedCompression("zstd needs a Produce request of version 7") }
    guard !header.isControl else { throw .invalidRecord("clients write no control records") }
    guard header.baseOffset == 0 else { throw .invalidRecord("base offset \(header.baseOffset) in a request") }
    guard header.recordCount > 0, header.lastOffsetDelta == header.recordCount - 1 else {
      throw .invalidRecord("\(header.recordCount) records, last offset delta \(header.lastOffsetDelta)")
    }
    if header.hasProducer {
      guard header.producerEpoch >= 0, header.baseSequence >= 0 else {
        throw .invalidRecord("a producer without sequence")
      }
    } else if header.isTransactional {
      throw .invalidRecord("a transaction without producer id")
    }
    try checkTimestamps(header)
    try checkRecords(header, view.dropFirst(RecordBatchHeader.byteCount), compression)
    return header
  }

  private func checkTimestamps(_ header: RecordBatchHeader) throws(LogError) {
    if configuration.usesLogAppendTime { return }
    if header.usesLogAppendTime { throw .invalidTimestamp("the topic keeps the time of the producer") }
    let (latest, overflow) = now.addingReportingOverflow(configuration.timestampAfterMaxMilliseconds)
    if !overflow, header.maxTimestamp > latest {
      throw .invalidTimestamp("timestamp \(header.maxTimestamp) is too far ahead of \(now)")
    }
    let (earliest, underflow) = now.subtractingReportingOverflow(configuration.timestampBeforeMaxMilliseconds)
    if !underflow, header.baseTimestamp >= 0, header.baseTimestamp < earliest {
      throw .invalidTimestamp("timestamp \(header.baseTimestamp) is too far behind \(now)")
    }
  }

  private func checkRecords(
    _ header: RecordBatchHeader, _ records: ByteView, _ compression: CompressionType
  ) throws(LogError) {
    if compression == .none {
      try walk(header, records)
    } else if configuration.isCompacted {
      let plain: [UInt8]
      do throws(Compression.Failure) {
        plain = try Compression.decompress(records, compression, limit: Compression.largestBatch)
      } catch {
        throw .invalidRecord("the batch cannot be decompressed: \(error)")
      }
      try plain.withView { (view) throws(LogError) in try walk(header, view) }
    }
  }

  private func walk(_ header: RecordBatchHeader, _ records: ByteView) throws(LogError) {
    var parser = RecordParser(records)
    for expected in 0..<header.recordCount {
      let record: RecordParser.Record
      do throws(RecordParser.Malformed) { record = try parser.next() } catch {
        throw .invalidRecord("record \(expected) of the batch is malformed")
      }
      guard record.offsetDelta == expected else {
        throw .invalidRecord("record \(expected) of the batch has offset delta \(record.offsetDelta)")
      }
      if configuration.isCompacted, record.key == nil {
        throw .invalidRecord("record \(expected) has no key; the topic is compacted")
      }
    }
    guard parser.isAtEnd else { throw .invalidRecord("bytes behind the last record of the batch") }
  }
}
