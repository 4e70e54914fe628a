/// One partition of a processor as its owner sees it.
public struct PartitionStatus: Sendable, Hashable, Codable {
  /// The topic.
  public var topic: String
  /// The partition.
  public var partition: Int32
  /// The lowest offset that is not done.
  public var base: Int64
  /// The partition's end, as last heard of.
  public var end: Int64
  /// Records that are not acknowledged: end − base − what is done beyond it.
  public var pending: Int64
  /// Offsets from base to the highest that was admitted.
  public var windowSpan: Int64
  /// How much of the acknowledgement window is in use, 0 to 1.
  public var windowUse: Double
  /// Records in progress.
  public var inProgress: Int
  /// Records in memory that wait for a slot or for their key.
  public var waiting: Int
  /// Records that wait for a retry.
  public var retrying: Int
  /// Age of the oldest record that is not acknowledged, in seconds.
  public var oldestAgeSeconds: Double?
  /// What holds it back.
  public var whyNotFaster: WhyNotFaster
}
