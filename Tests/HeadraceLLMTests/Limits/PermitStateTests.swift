import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// The limiter's decisions, by a clock that the test moves.
@Suite struct PermitStateTests {
  typealias Instant = ContinuousClock.Instant

  private func waiter(
    _ id: UInt64, _ priority: CallPriority = .normal, tokens: Double = 100, deadline: Instant
  ) -> PermitState.Waiter {
    .init(id: id, priority: priority, tokens: tokens, deadline: deadline)
  }

  /// Calls as many as the limiter lets, for ten minutes of the test's time, each with its own length and tokens.
  private func saturate(_ limits: TargetLimits, seed: UInt64) -> (requests: [Int], tokens: [Double]) {
    var generator = SeededGenerator(seed: seed)
    let start = ContinuousClock.now
    let end = start.advanced(by: .seconds(600))
    var state = PermitState(limits, now: start)
    var running: [(ends: Instant, reserved: Double, used: Double)] = []
    var now = start
    var nextID: UInt64 = 0
    var grants: [UInt64: Double] = [:]
    var requests = [Int](repeating: 0, count: 10)
    var tokens = [Double](repeating: 0, count: 10)
    func began(_ reserved: Double) {
      let minute = min(9, Int((now - start) / .seconds(60)))
      let used = reserved * Double.random(in: 0.3...1, using: &generator)
      requests[minute] += 1
      tokens[minute] += used
      running.append((now.advanced(by: .milliseconds(Int.random(in: 200...4_000, using: &generator))), reserved, used))
    }
    while now < end {
      while state.waiting < 20 {
        nextID += 1
        let reserved = Double(Int.random(in: 200...3_000, using: &generator))
        if state.request(waiter(nextID, tokens: reserved, deadline: end.advanced(by: .seconds(60))), now: now)
          == .granted
        {
          began(reserved)
        } else {
          grants[nextID] = reserved
        }
      }
      let next = [state.nextInstant(now: now), running.map(\.ends).min()].compactMap { $0 }.min() ?? end
      now = max(next, now.advanced(by: .microseconds(10)))
      for call in running where call.ends <= now { state.settle(reserved: call.reserved, used: call.used, now: now) }
      running.removeAll { $0.ends <= now }
      for case .granted(let id) in state.advance(now: now) { began(grants.removeValue(forKey: id) ?? 0) }
    }
    return (requests, tokens)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func requestsAMinuteAreKeptAndUsed(seed: UInt64) {
    let (requests, _) = saturate(TargetLimits(concurrency: 500, requestsPerMinute: 600), seed: seed)
    for minute in requests.dropFirst() {
      #expect(Double(minute) <= 600 * 1.02)
      #expect(Double(minute) >= 600 * 0.95)
    }
    // The first minute has the burst of a full bucket, a second's worth.
    #expect(requests[0] <= 612)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func tokensAMinuteAreKeptAndUsed(seed: UInt64) {
    let (_, tokens) = saturate(TargetLimits(concurrency: 500, tokensPerMinute: 600_000), seed: seed)
    // Over any longer stretch; a minute's edge may fall between a reservation and its settling.
    let mean = tokens.dropFirst().reduce(0, +) / 9
    #expect(mean <= 600_000 * 1.02)
    #expect(mean >= 600_000 * 0.95)
  }

  @Test func theUrgentGoFirstAndNobodyWaitsForEver() {
    let now = ContinuousClock.now
    let later = now.advanced(by: .seconds(60))
    var state = PermitState(TargetLimits(concurrency: 1), now: now)
    #expect(state.request(waiter(1, deadline: later), now: now) == .granted)
    #expect(state.request(waiter(2, .background, deadline: later), now: now) == .queued)
    var order: [UInt64] = []
    for id: UInt64 in 3...40 { #expect(state.request(waiter(id, .interactive, deadline: later), now: now) == .queued) }
    for _ in 0..<39 {
      state.settle(reserved: 100, used: 100, now: now)
      for case .granted(let id) in state.advance(now: now) { order.append(id) }
    }
    #expect(order.filter { $0 != 2 } == Array(3...40))
    #expect(order.firstIndex(of: 2) == 15)
  }

  @Test func aFullQueueSaysSo() {
    let now = ContinuousClock.now
    let later = now.advanced(by: .seconds(60))
    var state = PermitState(TargetLimits(concurrency: 1, queue: 2), now: now)
    #expect(state.request(waiter(1, deadline: later), now: now) == .granted)
    #expect(state.request(waiter(2, deadline: later), now: now) == .queued)
    #expect(state.request(waiter(3, deadline: later), now: now) == .queued)
    #expect(state.request(waiter(4, deadline: later), now: now) == .refused(.queueFull(waiting: 2)))
    let cancelled = [state.cancel(2), state.cancel(2)]
    #expect(cancelled == [true, false])
    #expect(state.request(waiter(5, deadline: later), now: now) == .queued)
    #expect(state.request(waiter(6, deadline: now), now: now) == .refused(.deadline))
    #expect(state.advance(now: later) == [.expired(3), .expired(5)])
  }

  @Test func a429HalvesOnceAndSuccessRaisesSlowly() {
    let start = ContinuousClock.now
    let later = start.advanced(by: .seconds(1_000))
    var state = PermitState(TargetLimits(concurrency: 64), now: start)
    for id: UInt64 in 1...64 { #expect(state.request(waiter(id, deadline: later), now: start) == .granted) }
    // All 64 of one moment are told 429: one cut, not sixty-four.
    for _ in 0..<64 { state.throttled(retryAfter: .seconds(2), now: start) }
    #expect(state.window == 32)
    for _ in 0..<64 { state.settle(reserved: 100, used: 0, now: start) }
    #expect(state.request(waiter(100, deadline: later), now: start) == .queued)
    #expect(state.nextInstant(now: start) == start.advanced(by: .seconds(2)))
    let after = start.advanced(by: .seconds(2))
    #expect(state.advance(now: after) == [.granted(100)])
    for _ in 0..<40 { state.succeeded() }
    #expect(state.window > 32 && state.window < 34)
    for _ in 0..<100_000 { state.succeeded() }
    #expect(state.window == 64)
  }

  @Test func aRequestLargerThanTheBucketPassesWhenItIsFull() {
    let start = ContinuousClock.now
    let later = start.advanced(by: .seconds(1_000))
    var state = PermitState(TargetLimits(concurrency: 64, tokensPerMinute: 6_000), now: start)
    #expect(state.request(waiter(1, tokens: 1_000, deadline: later), now: start) == .granted)
    #expect(state.request(waiter(2, tokens: 100, deadline: later), now: start) == .queued)
    // In debt by 900 of 100 a second: nine seconds, and one more for what is asked.
    let next = state.nextInstant(now: start) ?? start
    #expect(abs((next - start) / .seconds(1) - 10) < 0.01)
  }
}
