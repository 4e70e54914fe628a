/// The ends of a partition.
public struct Watermarks: Sendable, Hashable {
  /// The offset of the oldest record that is still there.
  public var low: Int64
  /// The offset that the next record will get. Under `read_committed` the last stable offset would be the end of what is
  /// readable; this is the high watermark.
  public var high: Int64

  /// Names both ends.
  public init(low: Int64, high: Int64) {
    self.low = low
    self.high = high
  }
}
