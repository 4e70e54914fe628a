internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// A configured target at work: its limits, its circuit and what was measured of it.
final class Target: Sendable {
  let configuration: TargetConfiguration
  let provider: ProviderConfiguration
  let dialect: any ChatDialect
  let price: ModelPrice?
  let limiter: TargetLimiter
  /// A server on this machine costs nothing by the call.
  let isLocal: Bool
  private let breaker: Mutex<CircuitBreaker>
  private let logger = Logger(label: "headrace.llm")
  private let measured = Mutex(TargetStatistics())
  /// Since when it answers nothing but that our allowance is used up or our key is wrong.
  private let refusedSince = Mutex<ContinuousClock.Instant?>(nil)

  init(
    _ configuration: TargetConfiguration, provider: ProviderConfiguration, price: ModelPrice?, policy: CallPolicy
  ) {
    self.configuration = configuration
    self.provider = provider
    self.price = price
    dialect = Dialects.dialect(provider.dialect)
    isLocal =
      configuration.family == .local
      || ["://127.", "://localhost", "://[::1]"].contains { provider.baseURL.contains($0) }
    limiter = TargetLimiter(name: configuration.name, limits: configuration.limits)
    breaker = Mutex(
      CircuitBreaker(
        threshold: policy.breakerFailures, firstPause: policy.breakerPause, longestPause: policy.breakerLongestPause))
  }

  var name: String { configuration.name }

  var statistics: TargetStatistics { measured.withLock { $0 } }

  func enterBreaker() -> Bool { breaker.withLock { $0.enter(now: .now) } }
  var breakerOpensAt: ContinuousClock.Instant { breaker.withLock { $0.opensAt(now: .now) } }
  var breakerRetryAfter: Duration { breaker.withLock { $0.retryAfter(now: .now) } }
  var isBroken: Bool { breakerOpensAt > .now }

  func succeeded(milliseconds: Int, outputTokens: Int) {
    if breaker.withLock({ $0.succeeded() }) { logger.notice("the model answers again", ["target": name]) }
    limiter.succeeded()
    refusedSince.withLock { $0 = nil }
    measured.withLock { $0.add(milliseconds: milliseconds, outputTokens: outputTokens) }
  }

  /// Notes a failed attempt where it says something about the target.
  func failed(_ error: LLMError, policy: CallPolicy) {
    switch error.failureClass {
    case .transient:
      if let pause = breaker.withLock({ $0.failed(now: .now) }) {
        logger.warning(
          "the model fails; calls wait", ["target": name, "seconds": "\(pause.seconds)", LogKeys.error: "\(error)"])
      }
    case .throttled:
      breaker.withLock { $0.leftOpen(now: .now) }
      limiter.throttled(retryAfter: error.retryAfter)
    case .quota, .configuration:
      breaker.withLock { $0.leftOpen(now: .now) }
      let pause = error.retryAfter ?? refusalPause(policy)
      logger.error(
        "the model refuses us; its route is paused",
        ["target": name, "seconds": "\(pause.seconds)", LogKeys.error: "\(error)"])
      limiter.pause(for: pause)
    case .content, .bug: breaker.withLock { $0.leftOpen(now: .now) }
    }
  }

  /// Grows with the time that it has refused us: whoever tops up or mends the key does not wait long.
  private func refusalPause(_ policy: CallPolicy) -> Duration {
    let now = ContinuousClock.now
    let since = refusedSince.withLock { since in
      defer { since = since ?? now }
      return since ?? now
    }
    return max(policy.quotaPause, min((now - since) / 4, policy.quotaLongestPause))
  }

  /// How long the target rests from now on, whatever the reason.
  var rest: Duration {
    let now = ContinuousClock.now
    let paused = limiter.pausedUntil.map { $0 - now } ?? .zero
    return max(breakerRetryAfter, paused, .zero)
  }

  /// An attempt that ended without an answer of the target (cancelled, refused by a budget).
  func left() { breaker.withLock { $0.leftOpen(now: .now) } }

  func bound(inputTokens: Int, outputTokens: Int) -> Money {
    price?.bound(inputTokens: inputTokens, outputTokens: outputTokens) ?? Money(nanos: 0)
  }
}
