/// What a fetch found in one partition.
struct ReadResult: Sendable {
  /// Whole batches in offset order; empty when there is nothing to read yet.
  var slices: [FileSlice] = []
  var highWatermark: Int64
  var lastStableOffset: Int64
  var logStartOffset: Int64
  /// Rolled-back transactions that overlap the range; always empty for `readUncommitted`.
  var aborted: [AbortedTransaction] = []

  /// Bytes of all slices.
  var byteCount: Int { slices.reduce(0) { $0 + $1.length } }
}
