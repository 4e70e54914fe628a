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

  /// Takes the right to a call. After a pause the first to ask is the probe.
  mutating func enter(now: ContinuousClock.Instant) -> Bool {
    guard opensAt(now: now) <= now else { return false }
    if case .closed = state { return true }
    state = .probing(since: now)
    return true
  }

  mutating func succeeded() {
    openings = 0
    state = .closed(failures: 0)
  }

  /// Only for failures of the provider: not for refused content, nor for 429.
  mutating func failed(now: ContinuousClock.Instant) {
    switch state {
    case .closed(let failures) where failures + 1 < threshold: state = .closed(failures: failures + 1)
    case .closed, .probing: open(now)
    // A call that began before the circuit opened tells nothing new.
    case .open: break
    }
  }

  /// The probe ended without saying anything about the provider (cancelled, or its content was refused).
  mutating func leftOpen(now: ContinuousClock.Instant) {
    if case .probing = state { state = .open(until: now) }
  }

  private mutating func open(_ now: ContinuousClock.Instant) {
    openings += 1
    let factor = 1 << min(openings - 1, 3)
    state = .open(until: now.advanced(by: min(pause * factor, pause * 10)))
  }

  private var probePatience: Duration { max(pause * 10, .seconds(120)) }
}
