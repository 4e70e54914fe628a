import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceLLM
import HeadraceTesting
import Synchronization
import Testing

/// The log, the topics and the diary of one ``CallKillTests``.
final class CallWorld: Sendable {
  let options: CallerOptions
  private let kafka: KafkaConfiguration
  private let producer: KafkaProducer
  private let prompts = Mutex<[CallFingerprint: String]>([:])
  private let count = Mutex(0)

  init(_ bootstrapServers: String, _ modelURL: String) async throws {
    let name = "calls-\(UUID().uuidString.prefix(8))"
    options = CallerOptions(
      bootstrapServers: bootstrapServers, modelURL: modelURL, input: "\(name).in", output: "\(name).out",
      usage: "\(name).usage", processor: name,
      diary: FileManager.default.temporaryDirectory.appending(path: "headrace-\(name).diary").path)
    kafka = KafkaConfiguration(bootstrapServers: bootstrapServers)
    producer = try KafkaProducer(configuration: kafka)
    let admin = try KafkaAdmin(configuration: kafka)
    for topic in [options.input, options.output, options.usage] {
      _ = try await admin.createTopic(NewTopic(topic, partitions: 2, replicationFactor: 1))
    }
    await admin.close()
  }

  func remove() async {
    _ = await producer.close(deadline: .seconds(2))
    try? FileManager.default.removeItem(atPath: options.diary)
  }

  /// What is asked for a record, by the process and by those who look at the bill.
  static func request(_ prompt: String, _ processor: String) -> ChatRequest {
    var request = ChatRequest(messages: [.user(prompt)])
    request.processor = processor
    return request
  }

  var asked: Int { count.withLock { $0 } }

  /// Puts records into the input, each a prompt of its own.
  func ask(_ more: Int) async throws {
    for _ in 0..<more {
      let number = count.withLock { count in
        count += 1
        return count
      }
      let prompt = "question number \(number)"
      let fingerprint = Self.request(prompt, options.processor).fingerprint
      prompts.withLock { $0[fingerprint] = prompt }
      try await producer.send(
        ProducerRecord(topic: options.input, key: "k\(number % 30)", value: prompt))
    }
  }

  /// Runs a process until it dies by itself, or until `isOver`, and then ends it. True: it died at its point.
  @discardableResult
  func live(_ options: CallerOptions, until isOver: () async throws -> Bool) async throws -> Bool {
    var environment = ProcessInfo.processInfo.environment
    environment[CallerOptions.variable] = String(decoding: try JSONEncoder().encode(options), as: UTF8.self)
    let output = environment["HEADRACE_TEST_VERBOSE"] == nil ? "/dev/null" : "/dev/stderr"
    try Data("L -\n".utf8).append(to: options.diary)
    let process = try TestProgram(
      CommandLine.arguments[0], ["--testing-library", "swift-testing", "--filter", "callerProcess"],
      environment: environment, output: output, errors: output)
    defer { process.stop() }
    // A point that is not reached (nothing was left to do) ends when all is done.
    let deadline = ContinuousClock.now + .seconds(60 + asked / 5)
    while process.isRunning, ContinuousClock.now < deadline {
      if try await isOver() { break }
      if options.killPoint != nil, try await isDone() { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(ContinuousClock.now < deadline, "a life of \(options.killPoint?.rawValue ?? "no death") did not end")
    let died = !process.isRunning
    process.signal(SIGTERM)
    let end = await process.waitForEnd()
    guard died, case .signal = end else { return false }
    return true
  }

  /// Whether every prompt has its output.
  func isDone() async throws -> Bool { Set(try await outputs()).count >= asked }

  func outputs() async throws -> [String] {
    try await read(options.output).map { String(decoding: $0.value ?? [], as: UTF8.self) }
  }

  func events() async throws -> [CallUsageEvent] {
    try await read(options.usage).compactMap {
      try? JSONDecoder().decode(CallUsageEvent.self, from: Data($0.value ?? []))
    }
  }

  /// The prompt that an event is about, by its record.
  func prompt(_ event: CallUsageEvent) -> String? { prompts.withLock { $0[event.fingerprint] } }

  func diary() throws -> CallDiary { CallDiary(try String(contentsOfFile: options.diary, encoding: .utf8)) }

  /// Prompts that were asked again after the journal had their answer.
  func paidAfterRecorded() throws -> [String] { try diary().paidAfterRecorded }

  private func read(_ topic: String) async throws -> [OwnedRecord] {
    var configuration = kafka
    configuration.consumer.isolation = .readCommitted
    configuration.consumer.reportsPartitionEnd = true
    let consumer = try KafkaConsumer(configuration: configuration)
    var open = Set((0..<2).map { TopicPartition(topic, $0) })
    try await consumer.assign(open.map { PartitionStart($0, .beginning) })
    var records: [OwnedRecord] = []
    for try await batch in consumer.batches {
      records += batch.map { $0.detached() }
      for end in batch.partitionEnds { open.remove(end.topicPartition) }
      if open.isEmpty { break }
    }
    _ = await consumer.close(deadline: .seconds(5))
    return records
  }
}

/// What happened to calls, life by life.
struct CallDiary {
  /// Calls that were begun and neither recorded nor failed when their process died; a prompt for each.
  private(set) var inFlightAtDeath: [String] = []
  private(set) var paidAfterRecorded: [String] = []

  init(_ text: String) {
    var recorded: Set<String> = []
    var open: [String] = []
    for line in text.split(separator: "\n") {
      let prompt = String(line.dropFirst(2))
      switch line.first {
      case "L":
        inFlightAtDeath += open
        open = []
      case "B":
        if recorded.contains(prompt) { paidAfterRecorded.append(prompt) }
        open.append(prompt)
      case "J":
        recorded.insert(prompt)
        open.removeAll { $0 == prompt }
      default:
        open.removeAll { $0 == prompt }
      }
    }
    inFlightAtDeath += open
  }
}

extension Data {
  fileprivate func append(to path: String) throws {
    if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seekToEnd()
    try file.write(contentsOf: self)
    try file.close()
  }
}
