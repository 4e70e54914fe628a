/// What an ``OffsetQuery`` found.
public struct OffsetAnswer: Sendable, Hashable {
  /// The offset; `nil` where there is no such record.
  public var offset: Int64?
  /// The record's timestamp in milliseconds since 1970, where the cluster told it.
  public var timestamp: Int64?

  /// An answer.
  public init(offset: Int64?, timestamp: Int64? = nil) {
    self.offset = offset
    self.timestamp = timestamp
  }
}
