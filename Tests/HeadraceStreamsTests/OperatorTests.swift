import FoundationEssentials
import HeadraceCore
import HeadraceKafka
import Testing

@testable import HeadraceStreams

/// What an operator asks for that is not there: the answer says what, where, and what there is.
@Suite(.timeLimit(.minutes(3)))
struct OperatorTests {
  private func message(_ body: () async throws -> Void) async -> String {
    do {
      try await body()
      return "no error"
    } catch {
      return String(describing: error)
    }
  }

  @Test(arguments: LogChoice.all)
  func whatDoesNotExistIsNamed(choice: LogChoice) async throws {
    try await choice.withLog { log in
      let letters = DeadLetters(kafka: log.kafka)
      let topic = try await log.makeTopic("in.dlq", partitions: 2)
      let missing = await message { _ = try await letters.show(RecordCoordinate("nowhere.dlq/0/1")!) }
      #expect(missing.contains("there is no topic nowhere.dlq"))
      let partition = await message { _ = try await letters.show(RecordCoordinate("\(topic)/7/0")!) }
      #expect(partition.contains("the partitions 0 to 1, not 7"))
      let empty = await message { _ = try await letters.show(RecordCoordinate("\(topic)/0/0")!) }
      #expect(empty.contains("holds no records"))
      try await log.produce(topic, [("a", "1"), ("a", "2")])
      let held = try #require(try await log.read(topic).first)
      let beyond = await message { _ = try await letters.show(RecordCoordinate("\(topic)/\(held.partition)/9")!) }
      #expect(beyond.contains("holds the offsets 0 to 1, not 9"))
      #expect(try await letters.show(RecordCoordinate("\(topic)/\(held.partition)/1")!)?.record.value == [0x32])

      let lag = await message { _ = try await LagReporter(kafka: log.kafka).report(groups: ["nobody"]) }
      #expect(lag.contains("there is no group nobody"))
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      let pause = await message { try await ProcessorControl(kafka: log.kafka, topic: control).pause("nobody") }
      #expect(pause.contains("there is no processor nobody"))
    }
  }

  @Test func deadLettersAreCountedWithoutMarkersAndAProcessorTakesItsStatusBack() async throws {
    try await LogChoice.embedded.withLog { log in
      let input = try await log.makeTopic("in", partitions: 1)
      let control = try await log.makeTopic("control", partitions: 1, configs: ["cleanup.policy": "compact"])
      try await log.produce(input, (0..<3).map { (key: "k\($0)", value: "v") })
      var configuration = ProcessorConfiguration(name: log.name("refuse"), inputTopics: [input])
      configuration.controlTopic = control
      configuration.commitInterval = .milliseconds(10)
      let service = RunningService(
        ProcessorService(configuration: configuration, kafka: log.kafka) { _, _ in
          throw ProcessorTests.Refused(failureClass: .content)
        })
      try await log.wait("all acknowledged") { try await log.isAcknowledged(configuration.group, input) }
      let letters = DeadLetters(kafka: log.kafka)
      let topics = try await letters.topics()
      #expect(topics.map(\.records) == [3] && topics.map(\.notRedriven) == [3])
      let processors = ProcessorControl(kafka: log.kafka, topic: control)
      try await log.wait("it has reported") {
        try await processors.describe(configuration.name)?.replicas.count == 1
      }
      try await service.stop()
      let left = try await processors.describe(configuration.name)
      #expect(left == nil || left?.replicas.isEmpty == true, "a process that has ended is no replica")
      #expect(try await letters.redrive(input, execute: true).redriven == 3)
      #expect(try await letters.topics().map(\.notRedriven) == [0])
    }
  }
}
