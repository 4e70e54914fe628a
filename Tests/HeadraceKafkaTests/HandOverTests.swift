import Testing

@testable import HeadraceKafka

/// The polling thread's decisions, step by step: no thread, no clock.
@Suite("Hand-over")
struct HandOverTests {
  typealias Machine = HandOver<String, Int>

  @Test func anEmptySlotIsFilledAndAFullOneIsNotPolled() {
    var machine = Machine()
    #expect(machine.step(isOverdue: false) == .poll)
    #expect(machine.offer("a") == nil)
    #expect(machine.step(isOverdue: false) == .park)
    guard case .batch("a") = machine.next(mayDrain: false) else { return #expect(Bool(false)) }
    #expect(machine.isHandling)
    // The thread polls for a late reader only.
    #expect(machine.step(isOverdue: false) == .parkForReader)
    #expect(machine.step(isOverdue: false, pollsForReader: true) == .poll)
  }

  @Test func aQuickReaderTakesRecordsItselfAndTheThreadKeepsAway() {
    var machine = Machine()
    guard case .drain = machine.next(mayDrain: true) else { return #expect(Bool(false)) }
    #expect(machine.step(isOverdue: false, pollsForReader: true) == .park)
    guard case .batch("a") = machine.drained("a") else { return #expect(Bool(false)) }
    #expect(machine.handedOver == 1)
    #expect(machine.step(isOverdue: false) == .parkForReader)
    guard case .drain = machine.next(mayDrain: true) else { return #expect(Bool(false)) }
    // Nothing there: it waits, and the thread polls.
    guard case .wait = machine.drained(nil) else { return #expect(Bool(false)) }
    machine.wait(1)
    #expect(machine.step(isOverdue: false) == .poll)
  }

  @Test func aReaderDoesNotDrainWhereTheThreadIsOrMustGoFirst() {
    var machine = Machine()
    machine.threadIsAtQueue = true
    guard case .wait = machine.next(mayDrain: true) else { return #expect(Bool(false)) }
    machine.threadIsAtQueue = false
    machine.begin(holdsForReader: true)
    guard case .wait = machine.next(mayDrain: true) else { return #expect(Bool(false)) }
    #expect(machine.step(isOverdue: false) == .callHook)
  }

  @Test func closingWaitsForADrainAndDropsIt() {
    var machine = Machine()
    guard case .drain = machine.next(mayDrain: true) else { return #expect(Bool(false)) }
    #expect(machine.close() == nil)
    #expect(machine.step(isOverdue: true) == .park)
    guard case .ended = machine.drained("a") else { return #expect(Bool(false)) }
    #expect(!machine.isHandling)
    #expect(machine.step(isOverdue: false) == .beginClose)
  }

  @Test func aWaitingReaderGetsTheBatchWithoutTheSlot() {
    var machine = Machine()
    guard case .wait = machine.next(mayDrain: false) else { return #expect(Bool(false)) }
    machine.wait(1)
    #expect(machine.offer("a") == 1)
    #expect(machine.slot == nil)
    #expect(machine.isHandling)
  }

  @Test func aRevocationWaitsForTheBatchesBeforeIt() {
    var machine = Machine()
    _ = machine.next(mayDrain: false)
    machine.wait(1)
    _ = machine.offer("a")
    machine.begin(holdsForReader: true)
    // The reader is at its batch.
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    guard case .wait = machine.next(mayDrain: false) else { return #expect(Bool(false)) }
    #expect(machine.step(isOverdue: false) == .callHook)
    machine.hookCalled()
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    machine.hookAnswered()
    #expect(machine.step(isOverdue: false) == .applyRebalance)
    machine.rebalanceApplied()
    #expect(machine.step(isOverdue: false) == .poll)
  }

  @Test func aRevocationWaitsForTheSlotToo() {
    var machine = Machine()
    _ = machine.offer("a")
    machine.begin(holdsForReader: true)
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    _ = machine.next(mayDrain: false)
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    _ = machine.next(mayDrain: false)
    #expect(machine.step(isOverdue: false) == .callHook)
  }

  @Test func anAssignmentAndALossDoNotWait() {
    var machine = Machine()
    _ = machine.offer("a")
    machine.begin(holdsForReader: false)
    #expect(machine.step(isOverdue: false) == .callHook)
  }

  @Test func timeEndsBothWaits() {
    var machine = Machine()
    _ = machine.offer("a")
    machine.begin(holdsForReader: true)
    #expect(machine.step(isOverdue: true) == .callHook)
    machine.hookCalled()
    #expect(machine.step(isOverdue: true) == .applyRebalance)
    machine.rebalanceApplied()
    // An answer that comes too late changes nothing.
    machine.hookAnswered()
    #expect(machine.step(isOverdue: false) == .park)
  }

  @Test func closingEndsTheStreamAndWaitsForAnAnnouncedReader() {
    var machine = Machine()
    machine.hasReader = true
    _ = machine.offer("a")
    _ = machine.next(mayDrain: false)
    #expect(machine.close() == nil)
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    guard case .ended = machine.next(mayDrain: false) else { return #expect(Bool(false)) }
    #expect(machine.step(isOverdue: false) == .beginClose)
    machine.closeBegun()
    #expect(machine.step(isOverdue: false) == .serveClose)
    // Leaving the group gives the partitions back: nobody is waited for any more.
    machine.begin(holdsForReader: true)
    #expect(machine.step(isOverdue: false) == .callHook)
    machine.hookCalled()
    machine.hookAnswered()
    machine.rebalanceApplied()
    machine.closed()
    #expect(machine.step(isOverdue: false) == .end)
    #expect(machine.close() == nil)
  }

  @Test func closingDoesNotWaitForAReaderThatNeverSaidItWasOne() {
    var machine = Machine()
    _ = machine.offer("a")
    _ = machine.next(mayDrain: false)
    _ = machine.close()
    #expect(machine.step(isOverdue: false) == .beginClose)
  }

  @Test func closingWithAStuckHandlerGoesOnWhenItsTimeIsOver() {
    var machine = Machine()
    machine.hasReader = true
    _ = machine.offer("a")
    _ = machine.next(mayDrain: false)
    _ = machine.close()
    #expect(machine.step(isOverdue: true) == .beginClose)
  }

  @Test func closingGivesAWaitingReaderItsEnd() {
    var machine = Machine()
    _ = machine.next(mayDrain: false)
    machine.wait(7)
    #expect(machine.close() == 7)
    guard case .ended = machine.next(mayDrain: false) else { return #expect(Bool(false)) }
  }

  @Test func aReaderThatLeavesIsNotWaitedFor() {
    var machine = Machine()
    _ = machine.offer("a")
    _ = machine.next(mayDrain: false)
    machine.begin(holdsForReader: true)
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    #expect(machine.leave() == nil)
    #expect(machine.step(isOverdue: false) == .callHook)
  }

  @Test func aReaderThatIsToldToStopIsStillAtItsBatch() {
    var machine = Machine()
    machine.hasReader = true
    _ = machine.offer("a")
    _ = machine.next(mayDrain: false)
    #expect(machine.stopWaiting() == nil)
    machine.begin(holdsForReader: true)
    #expect(machine.step(isOverdue: false) == .parkForRebalance)
    #expect(machine.leave() == nil)
    #expect(machine.step(isOverdue: false) == .callHook)
  }
}
