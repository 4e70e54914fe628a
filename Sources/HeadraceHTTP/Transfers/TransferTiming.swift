/// Which deadline of an exchange passes next: a pure function of what has happened so far.
struct TransferTiming {
  let deadlines: HTTPClient.Deadlines
  private(set) var started: ContinuousClock.Instant?
  private(set) var hasHead = false
  /// What the time for the first byte was allowed for is there.
  private(set) var hasContent = false
  private var lastByte: ContinuousClock.Instant?
  private var drainEnd: ContinuousClock.Instant?
  /// The reader is the slow side: the time between bytes stands still.
  private var isPaused = false

  init(_ deadlines: HTTPClient.Deadlines) { self.deadlines = deadlines }

  mutating func start(_ now: ContinuousClock.Instant) { started = now }

  mutating func receivedHead(_ now: ContinuousClock.Instant, awaitsContent: Bool = false) {
    hasHead = true
    hasContent = !awaitsContent
    lastByte = now
  }

  mutating func receivedBytes(_ now: ContinuousClock.Instant) {
    hasContent = true
    lastByte = now
  }

  mutating func paused() { isPaused = true }

  /// Nobody reads any more: the rest has this long.
  mutating func draining(_ now: ContinuousClock.Instant, within duration: Duration) {
    isPaused = false
    drainEnd = now.advanced(by: duration)
  }

  mutating func resumed(_ now: ContinuousClock.Instant) {
    guard isPaused else { return }
    isPaused = false
    lastByte = now
  }

  /// The earliest deadline and what it means when it passes.
  var next: (ContinuousClock.Instant, HTTPClientError.Kind)? {
    guard let started else { return nil }
    var earliest: (ContinuousClock.Instant, HTTPClientError.Kind)?
    func consider(_ start: ContinuousClock.Instant?, _ length: Duration?, _ kind: HTTPClientError.Kind) {
      guard let start, let length else { return }
      let instant = start.advanced(by: length)
      if let known = earliest, known.0 <= instant { return }
      earliest = (instant, kind)
    }
    consider(started, deadlines.total, .totalTimeout)
    consider(drainEnd, .zero, .totalTimeout)
    if !hasContent {
      consider(started, deadlines.firstByte, .firstByteTimeout)
    } else if !isPaused {
      consider(lastByte, deadlines.betweenBytes, .betweenBytesTimeout)
    }
    return earliest
  }
}
