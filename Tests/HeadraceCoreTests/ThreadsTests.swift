import HeadraceCore
import Synchronization
import Testing

private actor Blocking {
  private let executor = ThreadExecutor(name: "blocking")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var count = 0

  func park(_ parker: Parker) -> Int {
    parker.park()
    count += 1
    return count
  }

  nonisolated func shutdown() { executor.shutdown() }
}

@Suite(.timeLimit(.minutes(1))) struct ThreadsTests {
  @Test func blockedActorsDoNotStarveThePool() async {
    let actors = (0..<8).map { _ in Blocking() }
    let parkers = (0..<8).map { _ in Parker() }
    await withTaskGroup(of: Int.self) { group in
      for (actor, parker) in zip(actors, parkers) { group.addTask { await actor.park(parker) } }
      // All eight block; this task still runs.
      for parker in parkers { parker.unpark() }
      for await count in group { #expect(count == 1) }
    }
    for actor in actors { actor.shutdown() }
  }

  @Test func parkTimesOut() {
    let parker = Parker()
    #expect(!parker.park(until: .now + .milliseconds(5)))
    parker.unpark()
    #expect(parker.park(until: .now + .seconds(10)))
  }

  @Test func threadsRunAndJoin() {
    let count = Mutex(0)
    let threads = (0..<4).map { index in
      OSThread(name: "t\(index)") { count.withLock { $0 += 1 } }
    }
    for thread in threads { thread.join() }
    #expect(count.withLock { $0 } == 4)
  }

  @Test func jobsAfterShutdownStillRun() async {
    let actor = Blocking()
    actor.shutdown()
    let parker = Parker()
    parker.unpark()
    #expect(await actor.park(parker) == 1)
  }

  @Test func durations() {
    #expect(Duration.seconds(2).milliseconds == 2000)
    #expect(Duration.milliseconds(-5).nanoseconds == -5_000_000)
    #expect(Duration.seconds(Int64.max).nanoseconds == .max)
  }
}
