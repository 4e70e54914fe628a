/// One segment's share of a read: planned under the partition's lock, resolved without it. Bytes below the high
/// watermark never change in place, so the file can be read while the log goes on.
struct ReadStretch {
  let file: SegmentFile
  /// Bytes of the segment when it was planned.
  let size: Int64
  /// One past the segment's last offset, when it was planned.
  let nextOffset: Int64
  /// The first offset wanted.
  let from: Int64
  /// The first offset not wanted.
  let upper: Int64
  /// A batch at or before the first one wanted.
  let startHint: Int64
  let startHintOffset: Int64
  /// A batch at or before the end of what is wanted.
  let endHint: Int64

  /// Whole batches of at most `maxBytes`; empty when not even one fits.
  func resolve(maxBytes: Int, minOneBatch: Bool) throws(LogError) -> FileSlice {
    var walker = BatchWalker(file.file, from: startHint, end: size)
    var first: RecordBatchHeader?
    while let header = try walker.peek() {
      if header.nextOffset > from {
        first = header
        break
      }
      walker.skip(header)
    }
    let start = walker.position
    guard let first, first.baseOffset < upper else { return FileSlice(file: file, position: start, length: 0) }
    if first.byteCount > maxBytes {
      return FileSlice(file: file, position: start, length: minOneBatch ? first.byteCount : 0)
    }
    if nextOffset <= upper, size - start <= Int64(maxBytes) {
      return FileSlice(file: file, position: start, length: Int(size - start))
    }
    if endHint > start { walker = BatchWalker(file.file, from: endHint, end: size) }
    while let header = try walker.peek(), header.baseOffset < upper,
      walker.position + Int64(header.byteCount) - start <= Int64(maxBytes)
    {
      walker.skip(header)
    }
    return FileSlice(file: file, position: start, length: Int(walker.position - start))
  }
}
