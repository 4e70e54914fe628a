/// Takes the bill, call by call. A paid call is recorded before its result is used, so that the bill misses nothing.
public protocol UsageSink: Sendable {
  /// Takes one event; returns when it is safe.
  func record(_ event: CallUsageEvent) async throws
}

/// Forgets every event.
public struct NoUsageSink: UsageSink {
  /// A sink that forgets.
  public init() {}

  /// Forgets.
  public func record(_ event: CallUsageEvent) async throws {}
}
