internal import Synchronization

/// A clock whose time passes when the test says so, for code that takes a clock: no test waits, and none depends on how busy the machine is.
///
/// ```swift
/// let clock = ManualClock()
/// let reminder = Task { try await clock.sleep(for: .seconds(3_600)); return "an hour later" }
/// await clock.sleepers(atLeast: 1)
/// clock.advance(by: .seconds(3_600))
/// assert(try await reminder.value == "an hour later")
/// ```
///
/// May be used from any task. Those who sleep are woken in the order of their deadlines.
public final class ManualClock: Clock {
  /// A time on this clock.
  public struct Instant: InstantProtocol {
    /// Since the clock was made.
    public let elapsed: Duration

    /// The time `duration` later.
    public func advanced(by duration: Duration) -> Instant { Instant(elapsed: elapsed + duration) }
    /// How long it is from here to `other`.
    public func duration(to other: Instant) -> Duration { other.elapsed - elapsed }
    /// Whether `one` comes first.
    public static func < (one: Instant, other: Instant) -> Bool { one.elapsed < other.elapsed }
  }

  private struct Sleeper {
    let ticket: Int
    let deadline: Instant
    let continuation: CheckedContinuation<Void, any Error>
  }

  private struct Watcher {
    let count: Int
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var now = Instant(elapsed: .zero)
    var sleepers: [Sleeper] = []
    var watchers: [Watcher] = []
    var tickets = 0
  }

  private let state = Mutex(State())

  /// A clock at zero.
  public init() {}

  /// What time it is.
  public var now: Instant { state.withLock { $0.now } }

  /// None: any difference counts.
  public var minimumResolution: Duration { .zero }

  /// How many tasks sleep now.
  public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  /// Sleeps until the clock was advanced to `deadline`; returns at once where that has passed.
  ///
  /// - Parameters:
  ///   - deadline: When to go on.
  ///   - tolerance: Ignored.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let ticket = state.withLock { state in
      state.tickets += 1
      return state.tickets
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (result, seen) = state.withLock { state -> (Result<Void, any Error>?, [Watcher]) in
          // A cancellation from here on finds the sleeper in its place.
          if Task.isCancelled { return (.failure(CancellationError()), []) }
          if deadline <= state.now { return (.success(()), []) }
          state.sleepers.append(Sleeper(ticket: ticket, deadline: deadline, continuation: continuation))
          let seen = state.watchers.filter { $0.count <= state.sleepers.count }
          state.watchers.removeAll { $0.count <= state.sleepers.count }
          return (nil, seen)
        }
        if let result { continuation.resume(with: result) }
        for watcher in seen { watcher.continuation.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        state.sleepers.firstIndex { $0.ticket == ticket }.map { state.sleepers.remove(at: $0) }
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Lets time pass, and wakes all whose deadline that reaches. They go on at their own pace: wait for what they do.
  public func advance(by duration: Duration) {
    precondition(duration >= .zero, "time does not go back")
    let due = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let now = state.now
      let due = state.sleepers.filter { $0.deadline <= now }
      state.sleepers.removeAll { $0.deadline <= now }
      return due.sorted { ($0.deadline, $0.ticket) < ($1.deadline, $1.ticket) }
    }
    for sleeper in due { sleeper.continuation.resume() }
  }

  /// Waits until `count` tasks sleep at the same time: until then advancing would pass them by.
  public func sleepers(atLeast count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.sleepers.count >= count { return true }
        state.watchers.append(Watcher(count: count, continuation: continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}
