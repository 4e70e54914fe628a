/// What ``KafkaProducer/flush(deadline:)`` found.
public struct FlushReport: Sendable, Hashable {
  /// Records that were still under way when the deadline passed; 0 when all have a result.
  public let undelivered: Int
  /// Enqueued records that failed since the last flush. Records whose delivery was awaited don't count here.
  public let failed: Int

  /// Whether every record was written.
  public var isComplete: Bool { undelivered == 0 && failed == 0 }
}
