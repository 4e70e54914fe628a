/// Whether a target is worth a call: closed, open for a while, or open with one probe under way. The time is told.
struct CircuitBreaker: Sendable {
  enum State: Equatable, Sendable {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    case probing(since: ContinuousClock.Instant)
  }

  private(set) var state = State.closed(failures: 0)
  private let threshold: Int
  private let pause: Duration
  private var openings = 0

  init(threshold: Int, pause: Duration) {
    self.threshold = max(1, threshold)
    self.pause = pause
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
    let wasOpen = openings > 0
    openings = 0
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

  private mutating func open(_ now: ContinuousClock.Instant) {
    openings += 1
    // At most three pauses: a provider that is back should not be left alone for minutes.
    state = .open(until: now.advanced(by: pause * min(openings, 3)))
  }

  private var probePatience: Duration { max(pause * 10, .seconds(120)) }
}
