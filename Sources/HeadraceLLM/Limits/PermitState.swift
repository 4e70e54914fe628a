/// Who may call a target now, who waits and in which order: decisions only, the time is told.
struct PermitState: Sendable {
  struct Waiter: Sendable {
    let id: UInt64
    let priority: CallPriority
    let tokens: Double
    let deadline: ContinuousClock.Instant
  }

  enum Decision: Equatable, Sendable {
    case granted
    case queued
    case refused(Refusal)
  }

  enum Refusal: Equatable, Sendable {
    case queueFull(waiting: Int)
    case deadline
  }

  enum Event: Equatable, Sendable {
    case granted(UInt64)
    case expired(UInt64)
  }

  private let limits: TargetLimits
  private var requests: TokenBucket?
  private var tokens: TokenBucket?
  private var queues: [WaiterQueue] = CallPriority.allCases.map { _ in WaiterQueue() }
  /// No waiter's time is over before this.
  private var firstDeadline: ContinuousClock.Instant?
  /// Calls at a time that the provider seems to stand: halved by a 429, raised slowly by success.
  private(set) var window: Double
  private(set) var inFlight = 0
  private(set) var pausedUntil: ContinuousClock.Instant?
  private var lastCut: ContinuousClock.Instant?
  private var grantsInRow = 0

  init(_ limits: TargetLimits, share: Double = 1, now: ContinuousClock.Instant) {
    self.limits = limits
    window = Double(max(1, limits.concurrency))
    requests = limits.requestsPerMinute.map { TokenBucket(perMinute: $0 * share, minimumCapacity: 1, now: now) }
    tokens = limits.tokensPerMinute.map { TokenBucket(perMinute: $0 * share, minimumCapacity: 1, now: now) }
  }

  var waiting: Int { queues.reduce(0) { $0 + $1.count } }

  /// This replica's part of the rates, 0 … 1.
  mutating func setShare(_ share: Double, now: ContinuousClock.Instant) {
    if let rate = limits.requestsPerMinute {
      requests?.setRate(perMinute: rate * share, minimumCapacity: 1, now: now)
    }
    if let rate = limits.tokensPerMinute { tokens?.setRate(perMinute: rate * share, minimumCapacity: 1, now: now) }
  }

  mutating func request(_ waiter: Waiter, now: ContinuousClock.Instant) -> Decision {
    guard waiter.deadline > now else { return .refused(.deadline) }
    // Nobody is overtaken by an equal or a less urgent one.
    let isFirst = queues[waiter.priority.rawValue...].allSatisfy(\.isEmpty)
    if isFirst, earliest(for: waiter, now: now) == now {
      take(waiter, now: now)
      return .granted
    }
    guard waiting < limits.queue else { return .refused(.queueFull(waiting: waiting)) }
    queues[waiter.priority.rawValue].append(waiter)
    firstDeadline = min(firstDeadline ?? waiter.deadline, waiter.deadline)
    return .queued
  }

  /// True: it was waiting and is gone.
  mutating func cancel(_ id: UInt64) -> Bool {
    for index in queues.indices where queues[index].remove(id) { return true }
    return false
  }

  /// A call is over: `used` tokens instead of those reserved. The caller advances afterwards.
  mutating func settle(reserved: Double, used: Double, now: ContinuousClock.Instant) {
    inFlight -= 1
    tokens?.giveBack(reserved - used, now: now)
  }

  /// A permit that was granted and not used at all.
  mutating func giveBack(_ reserved: Double, now: ContinuousClock.Instant) {
    inFlight -= 1
    tokens?.giveBack(reserved, now: now)
    requests?.giveBack(1, now: now)
  }

  mutating func succeeded() {
    window = min(Double(limits.concurrency), window + 1 / max(window, 1))
  }

  /// The provider said 429: half as many at a time, once for the calls of one moment, and none until the time it named.
  mutating func throttled(retryAfter: Duration?, now: ContinuousClock.Instant) {
    if lastCut.map({ now - $0 >= .seconds(1) }) ?? true {
      window = max(1, min(window, Double(max(inFlight, 1))) / 2)
      lastCut = now
    }
    pause(until: now.advanced(by: retryAfter ?? .milliseconds(500)))
  }

  mutating func pause(until instant: ContinuousClock.Instant) {
    pausedUntil = max(pausedUntil ?? instant, instant)
  }

  /// Grants what can be granted and drops those whose time is over.
  mutating func advance(now: ContinuousClock.Instant) -> [Event] {
    var events: [Event] = []
    if let due = firstDeadline, due <= now {
      for index in queues.indices {
        for waiter in queues[index].removeExpired(now) { events.append(.expired(waiter.id)) }
      }
      firstDeadline = queues.compactMap(\.firstDeadline).min()
    }
    while let (queue, waiter) = next, earliest(for: waiter, now: now) == now {
      queues[queue].removeFirst()
      grantsInRow += 1
      take(waiter, now: now)
      events.append(.granted(waiter.id))
    }
    return events
  }

  /// When to advance next, if nothing happens before: a bucket refills, a pause ends, a waiter's time is over.
  mutating func nextInstant(now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    var instants = waiting == 0 ? [] : [firstDeadline].compactMap { $0 }
    if let (_, waiter) = next, let instant = earliest(for: waiter, now: now) { instants.append(max(instant, now)) }
    return instants.min()
  }

  /// The most urgent waiter; every 16th grant goes to the least urgent, so that none waits for ever.
  private var next: (Int, Waiter)? {
    let order = grantsInRow % 16 == 15 ? Array(queues.indices) : queues.indices.reversed()
    return order.lazy.compactMap { index in queues[index].first.map { (index, $0) } }.first
  }

  /// `nil`: not before somebody gives a permit back.
  private mutating func earliest(for waiter: Waiter, now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    guard Double(inFlight) < max(1, window.rounded(.down)) else { return nil }
    var instant = now
    if let pausedUntil { instant = max(instant, pausedUntil) }
    if let ready = requests?.availability(of: 1, now: now) { instant = max(instant, ready) }
    if let ready = tokens?.availability(of: waiter.tokens, now: now) { instant = max(instant, ready) }
    return instant
  }

  private mutating func take(_ waiter: Waiter, now: ContinuousClock.Instant) {
    inFlight += 1
    requests?.take(1, now: now)
    tokens?.take(waiter.tokens, now: now)
  }
}
