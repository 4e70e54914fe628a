internal import FoundationEssentials
internal import Glibc
internal import HeadraceCore
internal import Synchronization

/// Calls as a model answers them: log-normal times with a median of 200 ms, 2 % turned away, 0.5 % of the records poison;
/// and a measure of how near their processing comes to what slots, keys and the model's rate limit allow.
final class ModelMix: Sendable {
  /// Turned away: come again a little later.
  struct TurnedAway: ClassifiedError {
    var failureClass: FailureClass { .throttled }
    var reason: String { "rate_limited" }
    var retryAfter: Duration? { .milliseconds(Int(ModelMix.retryMilliseconds)) }
  }

  /// An answer that is of no use, whoever asks again.
  struct Poison: ClassifiedError {
    var failureClass: FailureClass { .content }
    var reason: String { "poison" }
    var retryAfter: Duration? { nil }
  }

  private static let median = 200.0
  private static let spread = 0.6
  private static let retryMilliseconds = 250.0

  private struct Interval {
    var from: Int64
    var to: Int64
  }

  private struct State {
    var calls: [Interval] = []
    /// Times in which the records of a key had to be waited for, by key.
    var keys: [[UInt8]: [Interval]] = [:]
    /// When the next call may be made.
    var nextPermit: Int64 = 0
  }

  /// The share of each bound that was reached; the nearest one is the one that counts.
  struct Efficiency {
    var slots = 0.0
    var key = 0.0
    /// Nil without a rate limit.
    var rate: Double?
  }

  private let state = Mutex(State())
  private let timer: BenchTimer
  /// Nanoseconds from one call to the next; nil without a limit.
  private let permitInterval: Int64?

  /// - Parameter callsPerSecond: What the model takes; handlers wait for their permit, as they do in a router.
  init(timer: BenchTimer, callsPerSecond: Int? = nil) {
    self.timer = timer
    permitInterval = callsPerSecond.map { 1_000_000_000 / Int64($0) }
  }

  /// One call.
  func call(for record: RawRecord) async throws {
    await waitForPermit()
    let began = MonotonicTime.now.nanoseconds
    if Double.random(in: 0..<1) < 0.02 {
      await timer.wait(milliseconds: 20)
      note(record, began, keptFor: Self.retryMilliseconds)
      throw TurnedAway()
    }
    let (first, second) = (Double.random(in: .leastNonzeroMagnitude..<1), Double.random(in: 0..<1))
    let normal = sqrt(-2 * log(first)) * cos(2 * .pi * second)
    await timer.wait(milliseconds: Self.median * exp(Self.spread * normal))
    note(record, began, keptFor: 0)
    if Double.random(in: 0..<1) < 0.005 { throw Poison() }
  }

  private func waitForPermit() async {
    guard let permitInterval else { return }
    let now = MonotonicTime.now.nanoseconds
    let due = state.withLock { state in
      let due = max(now, state.nextPermit)
      state.nextPermit = due + permitInterval
      return due
    }
    await timer.wait(milliseconds: Double(due - now) / 1e6)
  }

  private func note(_ record: RawRecord, _ began: Int64, keptFor milliseconds: Double) {
    let now = MonotonicTime.now.nanoseconds
    state.withLock { state in
      state.calls.append(Interval(from: began, to: now))
      if let key = record.key {
        state.keys[key, default: []].append(Interval(from: began, to: now + Int64(milliseconds * 1e6)))
      }
    }
  }

  /// What was reached from a tenth of the calls to nine tenths: of the slots' time, of the busiest key's, of the rate.
  func efficiency(slots: Int) -> Efficiency {
    state.withLock { state in
      let ends = state.calls.map(\.to).sorted()
      guard ends.count >= 100 else { return Efficiency() }
      let window = Interval(from: ends[ends.count / 10], to: ends[ends.count * 9 / 10])
      let length = Double(window.to - window.from)
      func use(_ intervals: [Interval]) -> Double {
        intervals.reduce(0) { $0 + Double(max(0, min($1.to, window.to) - max($1.from, window.from))) } / length
      }
      let busiest = state.keys.values.map(use).max() ?? 0
      let begun = state.calls.count { window.from..<window.to ~= $0.from }
      return Efficiency(
        slots: use(state.calls) / Double(slots), key: min(1, busiest),
        rate: permitInterval.map { Double(begun) * Double($0) / length })
    }
  }
}
