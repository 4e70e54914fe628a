import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceStreams
import Testing

/// What a worker process runs: this test bundle again, narrowed to this one function.
@Suite(.enabled(if: WorkerOptions.current != nil, "runs in worker processes only"))
struct WorkerEntry {
  @Test func streamsWorkerProcess() async throws {
    let options = try #require(WorkerOptions.current)
    var configuration = ProcessorConfiguration(name: options.name, inputTopics: [options.input])
    configuration.slots = options.slots
    configuration.sessionTimeout = .milliseconds(options.sessionTimeoutMilliseconds)
    configuration.commitInterval = .milliseconds(options.commitIntervalMilliseconds)
    configuration.retry = RetryPolicy(
      maximumAttempts: options.maximumAttempts, firstDelay: .milliseconds(20), longestDelay: .milliseconds(500))
    configuration.groupInstanceID = options.instance
    let bill = Bill(path: options.bill)
    let service = ProcessorService(
      configuration: configuration,
      kafka: KafkaConfiguration(bootstrapServers: options.bootstrapServers, preset: .processor)
    ) { record, context in
      let text = String(decoding: record.value!, as: UTF8.self)
      if text == options.deadlyValue { kill(getpid(), SIGKILL) }
      let fingerprint = CallFingerprint(parts: [("text", text)])
      let (result, isFromJournal) = try await context.result(for: fingerprint) {
        bill.write("P \(fingerprint)")
        try await Task.sleep(
          for: .milliseconds(Int.random(in: options.shortestCallMilliseconds...options.longestCallMilliseconds)))
        // What a provider does on a bad day.
        if Int.random(in: 0..<25) == 0 { throw Overloaded() }
        return CallResult(response: Data(text.uppercased().utf8))
      }
      if !isFromJournal { bill.write("F \(fingerprint)") }
      return [
        Output(
          topic: options.output, key: record.key, value: [UInt8](result.response),
          headers: [
            RecordHeader("source", record.coordinate.description)
          ])
      ]
    }
    try await ServiceGroup([service]).run()
  }

  struct Overloaded: ClassifiedError {
    var failureClass: FailureClass { .throttled }
    var reason: String { "overloaded" }
    var retryAfter: Duration? { .milliseconds(30) }
  }
}

/// A file to which several processes append lines.
final class Bill: Sendable {
  private let descriptor: Int32
  init(path: String) { descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644) }
  func write(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }
}
