import Testing

@testable import HeadraceCore

@Suite("Signals", .timeLimit(.minutes(1)))
struct AsyncSignalTests {
  @Test func raisedBeforeTheWaitItPassesOnce() async {
    let signal = AsyncSignal()
    signal.raise()
    signal.raise()
    await signal.wait()
    let before = ContinuousClock.now
    await signal.wait(until: before + .milliseconds(20))
    #expect(ContinuousClock.now - before >= .milliseconds(20), "a second wait passed on the first one's flag")
  }

  @Test func wakesAWaiterFromAnotherTask() async {
    let signal = AsyncSignal()
    let waiting = Task { await signal.wait() }
    signal.raise()
    await waiting.value
  }

  @Test func aCancelledWaiterLeavesNothingRaised() async {
    let signal = AsyncSignal()
    let waiting = Task { await signal.wait() }
    waiting.cancel()
    await waiting.value
    let before = ContinuousClock.now
    await signal.wait(until: before + .milliseconds(20))
    #expect(ContinuousClock.now - before >= .milliseconds(20), "cancelling raised the signal for the next waiter")
  }
}
