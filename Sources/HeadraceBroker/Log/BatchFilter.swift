/// Decides what compaction leaves of a batch. Pure.
struct BatchFilter {
  /// The last offset of every key in what is cleaned now.
  let latest: [CompactionKey: Int64]
  /// The first offset that is not cleaned now: from there on all stays.
  let limit: Int64
  let aborted: AbortedRanges
  /// Milliseconds since 1970.
  let now: Int64
  /// How long tombstones and markers stay after their first cleaning.
  let deleteRetention: Int64

  /// What becomes of a batch, and from when on something of it may go that stays now (Int64.max: never).
  enum Outcome {
    case keep(horizon: Int64)
    case drop
    case replace([UInt8], horizon: Int64)
  }

  func apply(_ header: RecordBatchHeader, _ batch: ByteView) throws(LogError) -> Outcome {
    if header.baseOffset >= limit { return .keep(horizon: header.hasDeleteHorizon ? header.baseTimestamp : .max) }
    if aborted.contains(header) { return .drop }
    if header.isControl { return try applyToMarker(header, batch) }
    let plain = try Self.plainRecords(header, batch)
    return try plain.withView { (view) throws(LogError) in try applyToRecords(header, view) }
  }

  /// A marker outlives the data of its transaction by the retention of tombstones.
  private func applyToMarker(_ header: RecordBatchHeader, _ batch: ByteView) throws(LogError) -> Outcome {
    if header.hasDeleteHorizon {
      return header.baseTimestamp <= now ? .drop : .keep(horizon: header.baseTimestamp)
    }
    var parser = RecordParser(batch.dropFirst(RecordBatchHeader.byteCount))
    let bytes = try rewrite(header, [try Self.next(&parser, header)], setsHorizon: true)
    return .replace(bytes, horizon: horizonFromNow)
  }

  private func applyToRecords(_ header: RecordBatchHeader, _ records: ByteView) throws(LogError) -> Outcome {
    var parser = RecordParser(records)
    var kept: [RecordParser.Record] = []
    var hasTombstone = false
    var count = 0
    while !parser.isAtEnd {
      let record = try Self.next(&parser, header)
      count += 1
      if stays(record, header) {
        kept.append(record)
        if record.value == nil { hasTombstone = true }
      }
    }
    if kept.isEmpty { return .drop }
    let setsHorizon = hasTombstone && !header.hasDeleteHorizon
    let horizon = !hasTombstone ? .max : setsHorizon ? horizonFromNow : header.baseTimestamp
    if kept.count == count, !setsHorizon { return .keep(horizon: horizon) }
    return .replace(try rewrite(header, kept, setsHorizon: setsHorizon), horizon: horizon)
  }

  private var horizonFromNow: Int64 { now + min(deleteRetention, Int64.max - 1 - now) }

  private func stays(_ record: RecordParser.Record, _ header: RecordBatchHeader) -> Bool {
    let offset = header.baseOffset + Int64(record.offsetDelta)
    if offset >= limit { return true }
    guard let key = record.key else { return false }
    if let last = latest[CompactionKey(key)], offset < last { return false }
    if record.value == nil, header.hasDeleteHorizon, header.baseTimestamp <= now { return false }
    return true
  }

  /// The batch with fewer records, or with the moment set from which its tombstones may go. Offsets and bounds stay.
  private func rewrite(
    _ header: RecordBatchHeader, _ records: [RecordParser.Record], setsHorizon: Bool
  ) throws(LogError) -> [UInt8] {
    var header = header
    header.recordCount = Int32(records.count)
    if !header.usesLogAppendTime {
      let base = header.baseTimestamp
      header.maxTimestamp = records.reduce(Int64.min) { max($0, base + $1.timestampDelta) }
    }
    var plain: [UInt8] = []
    if setsHorizon {
      let base = header.baseTimestamp
      header.attributes |= 0x40
      header.baseTimestamp = horizonFromNow
      for record in records {
        var body: [UInt8] = [0]
        RecordBatchBuilder.putVarint(base &+ record.timestampDelta &- header.baseTimestamp, to: &body)
        RecordBatchBuilder.putVarint(Int64(record.offsetDelta), to: &body)
        RecordBatchBuilder.putVarint(Int64(body.count + record.afterDeltas.count), to: &plain)
        plain += body
        unsafe plain.append(contentsOf: record.afterDeltas.pointer)
      }
    } else {
      for record in records { unsafe plain.append(contentsOf: record.bytes.pointer) }
    }
    do throws(Compression.Failure) {
      return RecordBatchBuilder.seal(header, records: try Compression.compress(plain, header.compression ?? .none))
    } catch {
      throw .storage("a batch could not be compressed again: \(error)")
    }
  }

  /// The batch's records, decompressed.
  static func plainRecords(_ header: RecordBatchHeader, _ batch: ByteView) throws(LogError) -> [UInt8] {
    guard let compression = header.compression else { throw .storage("unknown compression at \(header.baseOffset)") }
    do throws(Compression.Failure) {
      return try Compression.decompress(
        batch.dropFirst(RecordBatchHeader.byteCount), compression, limit: Compression.largestBatch)
    } catch {
      throw .storage("the batch at \(header.baseOffset) cannot be decompressed: \(error)")
    }
  }

  static func next(
    _ parser: inout RecordParser, _ header: RecordBatchHeader
  ) throws(LogError) -> RecordParser.Record {
    do throws(RecordParser.Malformed) { return try parser.next() } catch {
      throw .storage("the batch at \(header.baseOffset) holds a malformed record")
    }
  }
}
