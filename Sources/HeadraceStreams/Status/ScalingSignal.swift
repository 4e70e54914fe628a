/// Whether more replicas would help: what an autoscaler should follow instead of lag.
public struct ScalingSignal: Sendable, Hashable, Codable {
  /// Records that are not acknowledged, over this replica's partitions.
  public var pending: Int64
  /// Records acknowledged per second, lately.
  public var perSecond: Double
  /// Seconds of work: pending ÷ rate.
  public var backlogSeconds: Double
  /// What the work is limited by.
  public var reason: WhyNotFaster
  /// How many replicas this one's share asks for: 1 is "as it is". Never above 1 while the limit lies elsewhere (the
  /// provider, a hot key, our own rate limit is not slots).
  public var desiredShare: Double

  /// Computes the signal. `targetSeconds` is how old work may get.
  public init(
    pending: Int64, perSecond: Double, reason: WhyNotFaster, slotsBusyShare: Double, targetSeconds: Double = 60
  ) {
    self.pending = pending
    self.perSecond = perSecond
    self.reason = reason
    backlogSeconds = pending == 0 ? 0 : perSecond > 0 ? Double(pending) / perSecond : targetSeconds
    let wanted = backlogSeconds / targetSeconds
    switch reason {
    case .empty: desiredShare = pending == 0 ? 0 : min(1, wanted)
    case .key, .provider, .window: desiredShare = 1
    case .permit, .commit:
      // Slots are ours to add; a limit that leaves slots free is not.
      desiredShare = slotsBusyShare > 0.9 ? min(max(1, wanted), 16) : 1
    }
  }
}
