import Testing

@testable import HeadraceBroker

struct TransactionMachineTests {
  private var machine = TransactionMachine(id: "x", producerID: 5)

  private mutating func begin(given: Int16 = -1) {
    machine.begin(timeout: 1_000, givenEpoch: given, renewed: nil, now: 0)
  }

  @Test mutating func theFirstEpochIsZero() {
    #expect(machine.initialise(givenID: -1, givenEpoch: -1) == .bump)
    begin()
    #expect(machine.epoch == 0)
  }

  @Test mutating func anOpenTransactionIsAbortedFirst() {
    begin()
    let partition = TopicPartition(topic: "t", index: 0)
    let outcome1 = machine.add(partitions: [partition], now: 1)
    #expect(outcome1)
    let outcome2 = machine.add(partitions: [partition], now: 2)
    #expect(!outcome2)
    #expect(machine.initialise(givenID: -1, givenEpoch: -1) == .abortFirst)
    machine.fence()
    machine.ended(commit: false, now: 3)
    begin()
    #expect(machine.epoch == 2)
  }

  @Test mutating func aRepeatedInitIsKnown() {
    begin()
    #expect(machine.initialise(givenID: 5, givenEpoch: 0) == .bump)
    begin(given: 0)
    #expect(machine.epoch == 1)
    #expect(machine.initialise(givenID: 5, givenEpoch: 0) == .repeated)
    #expect(machine.initialise(givenID: 5, givenEpoch: 7) == .refuse(.producerFenced))
    #expect(machine.initialise(givenID: 6, givenEpoch: 1) == .refuse(.producerFenced))
  }

  @Test mutating func usedUpEpochsMakeANewProducer() {
    machine.epoch = TransactionMachine.lastUsableEpoch
    #expect(machine.initialise(givenID: -1, givenEpoch: -1) == .renew)
    machine.begin(timeout: 1, givenEpoch: -1, renewed: 99, now: 0)
    #expect(machine.producerID == 99)
    #expect(machine.epoch == 0)
  }

  @Test mutating func endsAreRepeatable() {
    begin()
    #expect(machine.end(commit: true) == .answer(.invalidTransactionState))
    _ = machine.add(group: "g", now: 1)
    #expect(machine.end(commit: true) == .end)
    machine.ended(commit: true, now: 2)
    #expect(machine.end(commit: true) == .answer(.none))
    #expect(machine.end(commit: false) == .answer(.invalidTransactionState))
  }

  @Test mutating func itIsOverdueWhileOpenOnly() {
    begin()
    #expect(!machine.isOverdue(now: 100_000))
    _ = machine.add(group: "g", now: 5_000)
    #expect(!machine.isOverdue(now: 5_999))
    #expect(machine.isOverdue(now: 6_000))
  }

  @Test mutating func whatIsKeptComesBack() throws {
    begin()
    _ = machine.add(partitions: [TopicPartition(topic: "t", index: 3)], now: 5)
    _ = machine.add(group: "g", now: 6)
    let stored = try #require(
      StoredState.decode(StoredState.Transaction.self, StoredState.encode(machine.stored)))
    let back = TransactionMachine(id: "x", stored: stored)
    #expect(back.phase == .ongoing)
    #expect(back.partitions == machine.partitions)
    #expect(back.groups == ["g"])
    #expect(back.startedAt == 5)
  }
}
