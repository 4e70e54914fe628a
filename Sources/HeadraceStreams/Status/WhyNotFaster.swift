/// What holds a partition back.
public enum WhyNotFaster: String, Sendable, Hashable, Codable, CaseIterable {
  /// Records wait for an earlier record of their key.
  case key
  /// All slots are busy, or a limit of ours (rate, spend, pause) lets no more through.
  case permit
  /// The window of acknowledgements or the memory budget is full.
  case window
  /// The provider fails, throttles, or has no quota left: records wait for a retry.
  case provider
  /// Results wait for their commit.
  case commit
  /// There is nothing to do.
  case empty
}
