/// How closing a client went.
public struct CloseReport: Sendable, Hashable {
  /// Whether everything was done: nothing undelivered, the group left in order.
  public let isComplete: Bool
  /// Records of a producer that were dropped; each was reported as failed.
  public let undelivered: Int
  /// How long it took.
  public let elapsed: Duration
  /// What was left undone, for the log; empty when ``isComplete``.
  public let leftUndone: String
}
