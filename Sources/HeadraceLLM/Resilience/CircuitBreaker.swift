/// Whether a target is worth a call: closed, open for a while, or open with one probe under way. The time is told.
struct CircuitBreaker: Sendable {
  enum State: Equatable, Sendable {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    case probing(since: ContinuousClock.Instant)
  }

  private(set) var state = State.closed(failures: 0)
  private let threshold: Int
  private let firstPause: Duration
  private let longestPause: Duration
  /// Since when nothing but failures has come; `nil` while the circuit is closed.
  private var brokenSince: ContinuousClock.Instant?

  init(threshold: Int, firstPause: Duration, longestPause: Duration) {
    self.threshold = max(1, threshold)
    self.firstPause = firstPause
    self.longestPause = max(firstPause, longestPause)
  }

  /// When a call may be tried; `now` or earlier: at once.
  func opensAt(now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    switch state {
    case .closed: now
    case .open(let until): until
    // A probe that never came back must not keep the circuit open for ever.
    case .probing(let since): since.advanced(by: probePatience)
    }
  }

  /// How long who was turned away should wait before asking again. While a probe is under way its end is not known, so
  /// they ask again soon: a probe that succeeds must not leave the others waiting for its patience to end.
  func retryAfter(now: ContinuousClock.Instant) -> Duration {
    let left = max(.zero, opensAt(now: now) - now)
    return if case .probing = state { min(left, .milliseconds(500)) } else { left }
  }

  /// Takes the right to a call. After a pause the first to ask is the probe.
  mutating func enter(now: ContinuousClock.Instant) -> Bool {
    guard opensAt(now: now) <= now else { return false }
    if case .closed = state { return true }
    state = .probing(since: now)
    return true
  }

  /// - Returns: Whether this success closed the circuit.
  @discardableResult
  mutating func succeeded() -> Bool {
    let wasOpen = brokenSince != nil
    brokenSince = nil
    state = .closed(failures: 0)
    return wasOpen
  }

  /// Only for failures of the provider: not for refused content, nor for 429.
  ///
  /// - Returns: How long the circuit stays open, when this failure opened it.
  @discardableResult
  mutating func failed(now: ContinuousClock.Instant) -> Duration? {
    switch state {
    case .closed(let failures) where failures + 1 < threshold:
      state = .closed(failures: failures + 1)
      return nil
    case .closed, .probing:
      open(now)
      return retryAfter(now: now)
    // A call that began before the circuit opened tells nothing new.
    case .open: return nil
    }
  }

  /// The probe ended without saying anything about the provider (cancelled, or its content was refused).
  mutating func leftOpen(now: ContinuousClock.Instant) {
    if case .probing = state { state = .open(until: now) }
  }

  /// The pause grows with the outage, a quarter of what it has lasted: a short one is over soon after its end, and a long
  /// one is not prodded every second.
  private mutating func open(_ now: ContinuousClock.Instant) {
    let since = brokenSince ?? now
    brokenSince = since
    state = .open(until: now.advanced(by: min(max(firstPause, (now - since) / 4), longestPause)))
  }

  private var probePatience: Duration { max(longestPause * 4, .seconds(120)) }
}
