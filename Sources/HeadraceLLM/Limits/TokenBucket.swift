/// An allowance that refills steadily: a pure function of the time it is told.
struct TokenBucket: Sendable {
  /// What it gains in a second.
  private(set) var ratePerSecond: Double
  /// What it holds at most.
  private(set) var capacity: Double
  private var level: Double
  private var updated: ContinuousClock.Instant

  /// A full bucket. The capacity is a second's gain, and at least `minimumCapacity`: a large burst after a pause would
  /// break a provider's own count of the minute.
  init(perMinute: Double, minimumCapacity: Double, now: ContinuousClock.Instant) {
    ratePerSecond = perMinute / 60
    capacity = max(ratePerSecond, minimumCapacity)
    level = capacity
    updated = now
  }

  /// Changes the rate; what is in the bucket stays.
  mutating func setRate(perMinute: Double, minimumCapacity: Double, now: ContinuousClock.Instant) {
    refill(now)
    ratePerSecond = perMinute / 60
    capacity = max(ratePerSecond, minimumCapacity)
    level = min(level, capacity)
  }

  /// When `amount` can be taken: now or later. More than the capacity is possible when the bucket is full; it is then in
  /// debt for a while.
  mutating func availability(of amount: Double, now: ContinuousClock.Instant) -> ContinuousClock.Instant {
    refill(now)
    let needed = min(amount, capacity) - level
    return needed <= 1e-9 ? now : now.advanced(by: .seconds(needed / max(ratePerSecond, 1e-9)))
  }

  mutating func take(_ amount: Double, now: ContinuousClock.Instant) {
    refill(now)
    level -= amount
  }

  /// Gives back what a reservation did not use, or (negative) takes what it used beyond.
  mutating func giveBack(_ amount: Double, now: ContinuousClock.Instant) {
    refill(now)
    level = min(capacity, level + amount)
  }

  private mutating func refill(_ now: ContinuousClock.Instant) {
    guard now > updated else { return }
    level = min(capacity, level + (now - updated) / .seconds(1) * ratePerSecond)
    updated = now
  }
}
