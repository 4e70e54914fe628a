/// A range of a segment's file: whole batches, ready for sendfile(2).
struct FileSlice: Sendable {
  /// Keeps the descriptor open for as long as the slice lives.
  let file: SegmentFile
  let position: Int64
  let length: Int
}
