/// How closing a client went.
public struct CloseReport: Sendable, Hashable {
  /// Whether everything was done: nothing undelivered or failed, the group left in order.
  public let isComplete: Bool
  /// Records of a producer that were dropped; each was reported as failed.
  public let undelivered: Int
  /// Enqueued records of a producer that failed since the last flush, as ``FlushReport/failed`` counts them; those of transactions are told by
  /// the commit.
  public let failed: Int
  /// The first of these failures since the producer began.
  public let firstFailure: KafkaError?
  /// How long it took.
  public let elapsed: Duration
  /// What was left undone, for the log; empty when ``isComplete``.
  public let leftUndone: String
}
