/// Where a processor begins on a partition for which its group has no committed offset.
public enum StartPosition: String, Sendable, Hashable, Codable, CaseIterable {
  /// At the oldest record: nothing confirmed is ever passed over. The default.
  case earliest
  /// At the end: only what comes from now on.
  case latest
}
