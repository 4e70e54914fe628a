/// Waiters of one priority, first come first served. Taking the first does not move the others.
struct WaiterQueue: Sendable {
  private var waiters: [PermitState.Waiter] = []
  private var start = 0

  var count: Int { waiters.count - start }
  var isEmpty: Bool { start == waiters.count }
  var first: PermitState.Waiter? { isEmpty ? nil : waiters[start] }
  var firstDeadline: ContinuousClock.Instant? { waiters[start...].map(\.deadline).min() }

  mutating func append(_ waiter: PermitState.Waiter) { waiters.append(waiter) }

  mutating func removeFirst() {
    start += 1
    if start >= 64, start * 2 > waiters.count {
      waiters.removeFirst(start)
      start = 0
    }
  }

  mutating func remove(_ id: UInt64) -> Bool {
    guard let place = waiters[start...].firstIndex(where: { $0.id == id }) else { return false }
    waiters.remove(at: place)
    return true
  }

  mutating func removeExpired(_ now: ContinuousClock.Instant) -> [PermitState.Waiter] {
    let expired = waiters[start...].filter { $0.deadline <= now }
    guard !expired.isEmpty else { return [] }
    waiters = waiters[start...].filter { $0.deadline > now }
    start = 0
    return expired
  }
}
