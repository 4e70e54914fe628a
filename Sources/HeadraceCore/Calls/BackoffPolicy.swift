/// How long to wait before trying again: exponential with full jitter, so that many who failed together don't return
/// together.
public struct BackoffPolicy: Sendable, Hashable {
  /// The longest first wait.
  public var initial: Duration
  /// The longest wait ever.
  public var maximum: Duration
  /// How the bound grows from one attempt to the next.
  public var factor: Double

  /// Makes a policy; by default 0.5 s, doubling, at most 60 s.
  public init(initial: Duration = .milliseconds(500), maximum: Duration = .seconds(60), factor: Double = 2) {
    self.initial = initial
    self.maximum = maximum
    self.factor = factor
  }

  /// The longest wait after the `attempt`th failure (from 1).
  public func bound(afterAttempt attempt: Int) -> Duration {
    var bound = initial
    for _ in 1..<max(attempt, 1) {
      bound = bound * factor
      if bound >= maximum { return maximum }
    }
    return min(bound, maximum)
  }

  /// The wait after the `attempt`th failure (from 1): anything from nothing to the bound, but never less than what the
  /// other side asked for.
  public func delay(
    afterAttempt attempt: Int, retryAfter: Duration? = nil, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let jittered = bound(afterAttempt: attempt) * Double.random(in: 0...1, using: &generator)
    return max(jittered, retryAfter ?? .zero)
  }

  /// The same with the system's chance.
  public func delay(afterAttempt attempt: Int, retryAfter: Duration? = nil) -> Duration {
    var generator = SystemRandomNumberGenerator()
    return delay(afterAttempt: attempt, retryAfter: retryAfter, using: &generator)
  }
}
