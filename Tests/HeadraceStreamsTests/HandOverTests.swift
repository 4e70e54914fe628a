import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

/// What one owner of a partition leaves to the next.
@Suite(.timeLimit(.minutes(5)))
struct HandOverTests {
  /// A handler that stands still until it is let go.
  final class Gate: Sendable {
    private let isOpen = Mutex(false)
    func open() { isOpen.withLock { $0 = true } }
    func pass() async throws {
      while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
    }
  }

  @Test(arguments: LogChoice.all)
  func G01_whatArrivesWhileAServiceStopsIsNotPassedOffAsDone(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      var configuration = ProcessorConfiguration(name: log.name("stop"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      let gate = Gate()
      func service() -> RunningService {
        RunningService(
          ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
            try await gate.pass()
            return [Output(topic: output, key: record.key, value: record.value)]
          })
      }
      try await log.produce(input, [("a", "first")])
      let first = service()
      try await log.wait("it is in progress") { first.service.status().slotsBusy == 1 }
      let stopping = Task { try await first.stop() }
      try await log.wait("it stops") { first.service.status().state == .stopping }
      try await log.produce(input, [("b", "second"), ("c", "third")])
      // The end behind the new records has been seen.
      try await log.wait("they were read") { first.service.status().partitions.first?.end == 3 }
      gate.open()
      try await stopping.value
      let second = service()
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await second.stop()
      let values = try await log.read(output).map { String(decoding: $0.value!, as: UTF8.self) }
      #expect(values.sorted() == ["first", "second", "third"])
    }
  }

  @Test func G04_callsOfADeadFormerOwnerAreNotWaitedForUntilTheirDeadline() async throws {
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      var configuration = ProcessorConfiguration(name: log.name("heir"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      let journal = try await log.makeTopic("heir.journal", partitions: 1, configs: ["cleanup.policy": "compact"])
      let fingerprint = CallFingerprint(parts: [("text", "x")])
      let note = HandOverNote(deadline: Date.now.milliseconds + 3_600_000, lease: 1_500)
      try await log.produce(
        journal,
        [
          (
            JournalKey.handOver(partition: 0, fingerprint).text,
            String(decoding: JournalCoding.encode(note), as: UTF8.self)
          )
        ])
      try await log.produce(input, [("a", "x")])
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, context in
          _ = try await context.result(for: fingerprint) { CallResult(response: Data("y".utf8)) }
          return .none
        })
      try await log.wait("the call is made", for: .seconds(60)) {
        try await log.isAcknowledged(configuration.group, input)
      }
      try await service.stop()
      // The note is gone, so that no later owner waits for it.
      let last = try await log.read(journal, isolation: .readUncommitted).last {
        $0.key == JournalKey.handOver(partition: 0, fingerprint).bytes
      }
      #expect(last?.value == nil)
    }
  }

  @Test func G04_aNoteIsGoodAsLongAsItIsRenewed() throws {
    var book = CallBook(indexBytes: 4_096)
    let fingerprint = CallFingerprint(parts: [("text", "x")])
    let key = JournalKey.handOver(partition: 0, fingerprint).bytes
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var offset: Int64 = 0
    func note(deadline: Int64) throws {
      let value = try JournalCoding.encode(HandOverNote(deadline: deadline, lease: 3_000))
      _ = book.apply(key: key, isTombstone: false, offset: offset, at: now) { value }
      offset += 1
    }
    func next() -> CallBook.Step { book.next(fingerprint, mode: .use, deadline: 9, at: now, wall: 1_000) }
    try note(deadline: 300_000)
    #expect(next() == .waitForFormerOwner(.seconds(3)))
    now = now + .seconds(2)
    #expect(next() == .waitForFormerOwner(.seconds(1)))
    try note(deadline: 300_000)
    now = now + .seconds(2)
    #expect(next() == .waitForFormerOwner(.seconds(1)), "it was renewed")
    now = now + .seconds(1)
    #expect(next() == .endFormerOwner, "it was not")
    // A deadline that has passed ends it, however young the note is.
    try note(deadline: 1_000)
    #expect(next() == .endFormerOwner)
    // The result is what is waited for.
    try note(deadline: 300_000)
    _ = book.apply(key: JournalKey.result(fingerprint).bytes, isTombstone: false, offset: offset, at: now) { [] }
    #expect(next() == .read(offset))
    // Where it cannot be read any more, it is made again, once.
    #expect(book.next(fingerprint, mode: .use, deadline: 9, unreadable: offset, at: now, wall: 1_000) == .pay)
    #expect(book.next(fingerprint, mode: .use, deadline: 9, unreadable: offset, at: now, wall: 1_000) == .waitForFlight)
    #expect(book.callsInProgress.map(\.deadline) == [9])
    #expect(CallBook(indexBytes: 4_096).state.handOvers.isEmpty)
  }

  /// A stop that has to wait for a long call gives its partitions back meanwhile; the call is paid once.
  @Test(arguments: LogChoice.all)
  func G04_G09_partitionsDoNotStandStillWhileAStopWaitsForACall(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      var configuration = ProcessorConfiguration(name: log.name("long"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      configuration.revokeBudget = .seconds(1)
      configuration.shutdownBudget = .seconds(120)
      let gate = Gate()
      let paid = Mutex<[String: Int]>([:])
      func service() -> RunningService {
        RunningService(
          ProcessorService(configuration: configuration, kafka: log.kafka) { record, context in
            let text = String(decoding: record.value!, as: UTF8.self)
            let (result, _) = try await context.result(for: CallFingerprint(parts: [("text", text)])) {
              paid.withLock { $0[text, default: 0] += 1 }
              if text == "long" { try await gate.pass() }
              return CallResult(response: Data(text.utf8))
            }
            return [Output(topic: output, key: record.key, value: [UInt8](result.response))]
          })
      }
      try await log.produce(input, [("a", "long")])
      let first = service()
      try await log.wait("it is in progress") { first.service.status().slotsBusy == 1 }
      let second = service()
      let stopping = Task { try await first.stop() }
      try await log.wait("the other one has the partition") { second.service.status().partitions.count == 1 }
      try await log.produce(input, [("b", "short")])
      try await log.wait("work goes on") { try await log.read(output).count == 1 }
      gate.open()
      try await stopping.value
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await second.stop()
      #expect(try await log.read(output).count == 2)
      #expect(paid.withLock { $0 } == ["long": 1, "short": 1])
    }
  }
}
