import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Synchronization
import Testing

@testable import HeadraceStreams

/// The runtime on a log: embedded, and real where one is named.
@Suite(.timeLimit(.minutes(5)))
struct ProcessorTests {
  @Test(arguments: LogChoice.all)
  func G02_G03_everyRecordIsWrittenOnceInKeyOrder(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in")
      let output = try await log.makeTopic("out")
      try await log.produce(input, (0..<3_000).map { (key: "k\($0 % 50)", value: "\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("copy"), inputTopics: [input])
      configuration.slots = 100
      let inProgress = Mutex<Set<[UInt8]>>([])
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { record, _ in
          let isAlone = inProgress.withLock { $0.insert(record.key!).inserted }
          #expect(isAlone, "two of one key at a time")
          if Int.random(in: 0..<20) == 0 { try await Task.sleep(for: .milliseconds(Int.random(in: 0..<20))) }
          inProgress.withLock { _ = $0.remove(record.key!) }
          return [Output(topic: output, key: record.key, value: record.value)]
        })
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()
      let records = try await log.read(output)
      #expect(records.count == 3_000)
      var last: [[UInt8]: Int] = [:]
      for record in records {
        let number = Int(String(decoding: record.value!, as: UTF8.self))!
        if let before = last[record.key!] { #expect(number > before) }
        last[record.key!] = number
      }
      #expect(Set(records.map { $0.value! }).count == 3_000)
    }
  }

  struct Refused: ClassifiedError {
    var failureClass: FailureClass
    var reason: String { "refused" }
  }

  @Test(arguments: LogChoice.all)
  func G02_G07_poisonDelaysItsKeyAloneAndEndsAsADeadLetterWithItsHook(choice: LogChoice) async throws {
    struct Judge: Processor {
      let output: String
      func handle(_ record: InputRecord<[UInt8]?>, context: ProcessorContext) async throws -> Outputs {
        let text = String(decoding: record.value ?? [], as: UTF8.self)
        if text == "bad content" { throw Refused(failureClass: .content) }
        if text == "bug" { throw Refused(failureClass: .bug) }
        if text == "flaky", context.attempt < 3 { throw Refused(failureClass: .transient) }
        return [Output(topic: output, key: record.key, value: record.value)]
      }
      func deadLettered(
        _ record: RawRecord, failure: ProcessingFailure, context: ProcessorContext
      ) async throws -> Outputs {
        [Output(topic: output, key: record.key, value: Array("failed: \(failure.reason)".utf8))]
      }
    }
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      try await log.produce(
        input,
        [
          ("a", "bug"), ("b", "bad content"), ("c", "flaky"), ("a", "after bug"), ("b", "after bad"),
          ("c", "after flaky"),
        ] + (0..<50).map { (key: "d\($0)", value: "fine") })
      var configuration = ProcessorConfiguration(name: log.name("judge"), inputTopics: [input])
      configuration.retry = RetryPolicy(
        maximumAttempts: 3, firstDelay: .milliseconds(50), longestDelay: .milliseconds(100))
      configuration.commitInterval = .milliseconds(20)
      let service = RunningService(
        ProcessorService(Judge(output: output), configuration: configuration, kafka: log.kafka))
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      try await service.stop()

      let outputs = try await log.read(output).map {
        (String(decoding: $0.key!, as: UTF8.self), String(decoding: $0.value!, as: UTF8.self))
      }
      func of(_ key: String) -> [String] { outputs.filter { $0.0 == key }.map(\.1) }
      #expect(of("a") == ["failed: refused", "after bug"])
      #expect(of("b") == ["failed: refused", "after bad"])
      #expect(of("c") == ["flaky", "after flaky"])
      #expect(outputs.count == 56)

      let letters = DeadLetters(kafka: log.kafka)
      let found = Collected<DeadLetter>()
      try await letters.list(input) {
        found.append($0); return true
      }
      let byKey = Dictionary(uniqueKeysWithValues: found.all.map { ($0.record.keyText!, $0) })
      #expect(byKey.count == 2)
      #expect(byKey["a"]?.failureClass == .bug)
      #expect(byKey["a"]?.attempts == 3)
      #expect(byKey["a"]?.source == RecordCoordinate(topic: input, partition: 0, offset: 0))
      #expect(byKey["b"]?.failureClass == .content)
      #expect(byKey["b"]?.attempts == 1)
      #expect(byKey["b"]?.record.value == Array("bad content".utf8))
      // Attempt notes are of no use once the record is acknowledged.
      let journal = try await log.read(configuration.journalTopic!)
      var standing: [String: Bool] = [:]
      for record in journal { standing[String(decoding: record.key!, as: UTF8.self)] = record.value != nil }
      #expect(standing.filter { $0.key.hasPrefix("a/") && $0.value }.isEmpty)
      #expect(standing.filter { $0.key.hasPrefix("o/") } == ["o/0": false])
    }
  }

  @Test(arguments: LogChoice.all)
  func redrivePutsEachBackOnceAndGuardsAgainstLoops(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 2)
      try await log.produce(input, (0..<20).map { (key: "k\($0)", value: "v\($0)") })
      var configuration = ProcessorConfiguration(name: log.name("refuse"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { _, _ in throw Refused(failureClass: .content)
        })
      let letters = DeadLetters(kafka: log.kafka)
      func count() async throws -> Int {
        let found = Collected<DeadLetter>()
        try? await letters.list(input) {
          found.append($0); return true
        }
        return found.all.count
      }
      try await log.wait("20 dead letters") { try await count() == 20 }
      var filter = DeadLetterFilter()
      filter.key = Array("k7".utf8)
      let dry = try await letters.redrive(input, filter, execute: false)
      #expect(dry.redriven == 1 && !dry.executed)
      let one = try await letters.redrive(input, filter, execute: true)
      #expect(one.redriven == 1)
      try await log.wait("21 dead letters") { try await count() == 21 }
      // The one that was put back is not put back again; its second dead letter is.
      let rest = try await letters.redrive(input, execute: true, maximumRedrives: 1)
      #expect(rest.redriven == 19)
      #expect(rest.looping == 1)
      try await log.wait("40 dead letters") { try await count() == 40 }
      let again = try await letters.redrive(input, execute: true, maximumRedrives: 1)
      #expect(again.redriven == 0)
      #expect(again.looping == 20)
      try await service.stop()
    }
  }

  @Test(arguments: LogChoice.all)
  func G04_G05_aFinishedCallIsPaidOnceAndAnIdenticalReplayPaysNothing(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 3)
      let output = try await log.makeTopic("out", partitions: 3)
      // Every text twice, under one key, so that the second time is answered from the journal.
      try await log.produce(input, (0..<60).map { (key: "k\($0 % 30)", value: "text \($0 % 30)") })
      let paid = Mutex<[CallFingerprint: Int]>([:])
      @Sendable func run(_ configuration: ProcessorConfiguration, until group: String) async throws {
        let service = RunningService(
          ProcessorService(configuration: configuration, kafka: log.kafka) { record, context in
            let text = String(decoding: record.value!, as: UTF8.self)
            let fingerprint = CallFingerprint(parts: [("text", text)])
            let (result, _) = try await context.result(for: fingerprint) {
              paid.withLock { $0[fingerprint, default: 0] += 1 }
              try await Task.sleep(for: .milliseconds(5))
              return CallResult(response: Data(text.uppercased().utf8), provider: "p", model: "m")
            }
            return [Output(topic: output, key: record.key, value: [UInt8](result.response))]
          })
        try await log.wait("all acknowledged") { try await log.isAcknowledged(group, input) }
        try await service.stop()
      }
      var live = ProcessorConfiguration(name: log.name("caps"), inputTopics: [input])
      live.slots = 20
      try await run(live, until: live.group)
      #expect(paid.withLock { $0.count } == 30)
      #expect(paid.withLock { $0.values.allSatisfy { $0 == 1 } })

      var again = live
      again.group = log.name("caps.again")
      again.journalTopic = log.name("caps.again.journal")
      again.resultTopic = live.journalTopic
      try await run(again, until: again.group)
      #expect(paid.withLock { $0.values.reduce(0, +) } == 30)
      #expect(try await log.read(output).count == 120)
    }
  }

  @Test(arguments: LogChoice.all)
  func firstSeenIsRememberedOverRestarts(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let output = try await log.makeTopic("out", partitions: 1)
      var configuration = ProcessorConfiguration(name: log.name("first"), inputTopics: [input])
      configuration.commitInterval = .milliseconds(10)
      for round in 0..<2 {
        try await log.produce(input, [("id", "round \(round)")])
        let service = RunningService(
          ProcessorService(configuration: configuration, kafka: log.kafka) { record, context in
            let note = FirstSeenNote(
              digest: String(decoding: record.value!, as: UTF8.self), coordinate: record.coordinate)
            let first = try await context.firstSeen("id", note)
            return [Output(topic: output, key: record.key, value: Array(first.digest.utf8))]
          })
        try await log.wait("acknowledged") { try await log.isAcknowledged(configuration.group, input) }
        try await service.stop()
      }
      let values = try await log.read(output).map { String(decoding: $0.value!, as: UTF8.self) }
      #expect(values == ["round 0", "round 0"])
    }
  }
}

/// Collects from a closure that may run anywhere.
final class Collected<Element: Sendable>: Sendable {
  private let inner = Mutex<[Element]>([])
  var all: [Element] { inner.withLock { $0 } }
  func append(_ element: Element) { inner.withLock { $0.append(element) } }
}
