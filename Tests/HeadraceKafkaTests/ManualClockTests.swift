import HeadraceTesting
import Synchronization
import Testing

@Suite("Manual clock", .timeLimit(.minutes(1)))
struct ManualClockTests {
  @Test func whoeverIsDueGoesOnAndNobodyElse() async throws {
    let clock = ManualClock()
    let early = Task { try await clock.sleep(for: .seconds(1)) }
    let late = Task { try await clock.sleep(for: .seconds(3_600)) }
    await clock.sleepers(atLeast: 2)
    clock.advance(by: .milliseconds(999))
    #expect(clock.sleeperCount == 2)
    clock.advance(by: .milliseconds(1))
    try await early.value
    #expect(clock.sleeperCount == 1)
    clock.advance(by: .seconds(3_599))
    try await late.value
    #expect(clock.now.elapsed == .seconds(3_600))
    // What has passed is not waited for.
    try await clock.sleep(until: clock.now)
  }

  @Test func aCancelledSleepThrows() async throws {
    let clock = ManualClock()
    let sleeping = Task { try await clock.sleep(for: .seconds(1)) }
    await clock.sleepers(atLeast: 1)
    sleeping.cancel()
    await #expect(throws: CancellationError.self) { try await sleeping.value }
    #expect(clock.sleeperCount == 0)
    let cancelled = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await clock.sleep(for: .seconds(1))
    }
    await #expect(throws: CancellationError.self) { try await cancelled.value }
  }

  /// Sleeps, cancellations and steps in any order: each sleep ends once, and none before its time.
  @Test func nothingIsLostBetweenSleepsAndSteps() async throws {
    let clock = ManualClock()
    let ended = Tally()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<500 {
        group.addTask {
          let deadline = clock.now.advanced(by: .seconds(1 + index % 17))
          do {
            try await clock.sleep(until: deadline)
            #expect(clock.now >= deadline)
          } catch is CancellationError {}
          ended.add()
        }
      }
      group.addTask {
        while ended.value < 500 {
          clock.advance(by: .seconds(1))
          await Task.yield()
        }
      }
      try await group.waitForAll()
    }
    #expect(ended.value == 500)
  }

  private final class Tally: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
  }
}
