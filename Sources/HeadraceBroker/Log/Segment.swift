/// A stretch of a partition's log in one file. Guarded by its partition's lock.
final class Segment {
  /// The first offset that may be in it.
  let base: Int64
  /// Counts how often compaction wrote this stretch anew; part of the file's name.
  let generation: Int32
  /// Bytes of whole batches; what lies behind them in the file is not part of the log.
  var size: Int64 = 0
  /// One past the last offset in it.
  var nextOffset: Int64
  /// The largest timestamp in it; -1 when none.
  var maxTimestamp: Int64 = -1
  /// The timestamp of its first batch: from it runs `segment.ms`.
  var firstTimestamp: Int64 = -1
  /// The earliest moment at which compaction may remove a tombstone or a marker of it; Int64.max when it has none.
  var deleteHorizon: Int64 = .max
  var index = SegmentIndex()
  var isIndexLoaded: Bool
  var file: SegmentFile?
  /// Read from since the housekeeping last looked.
  var wasUsed = false
  /// Written to since the last checkpoint.
  var isDirty = false
  /// The file is as long as `size` says: what an earlier process left behind its end was cut off.
  var isTrimmed: Bool

  /// A new, empty segment.
  init(base: Int64, generation: Int32 = 0) {
    self.base = base
    self.generation = generation
    nextOffset = base
    isIndexLoaded = true
    isTrimmed = true
  }

  /// Takes in a batch that lies at the segment's end.
  func take(_ header: RecordBatchHeader, at position: Int64) {
    index.add(header, at: position)
    if firstTimestamp < 0 { firstTimestamp = header.maxTimestamp }
    size = position + Int64(header.byteCount)
    nextOffset = header.nextOffset
    maxTimestamp = max(maxTimestamp, header.maxTimestamp)
    isDirty = true
  }

  // MARK: The checkpoint's copy

  func encode(to writer: inout ByteWriter) {
    writer.put(base)
    writer.put(generation)
    writer.put(size)
    writer.put(nextOffset)
    writer.put(maxTimestamp)
    writer.put(firstTimestamp)
    writer.put(deleteHorizon)
  }

  init(from reader: inout ByteReader) throws(ByteReader.Malformed) {
    base = try reader.get(Int64.self)
    generation = try reader.get(Int32.self)
    size = try reader.get(Int64.self)
    nextOffset = try reader.get(Int64.self)
    maxTimestamp = try reader.get(Int64.self)
    firstTimestamp = try reader.get(Int64.self)
    deleteHorizon = try reader.get(Int64.self)
    isIndexLoaded = false
    isTrimmed = false
  }
}
