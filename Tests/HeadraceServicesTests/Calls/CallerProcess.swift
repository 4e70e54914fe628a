import Foundation
import HeadraceCore
import HeadraceKafka
import HeadraceLLM
import HeadraceServices
import HeadraceStreams
import HeadraceTelemetry
import Synchronization
import Testing

/// What the processes of ``CallKillTests`` run: this test bundle again, narrowed to this one function.
@Suite(.enabled(if: CallerOptions.current != nil, "runs in processes of its own only"))
struct CallerProcess {
  @Test func callerProcess() async throws {
    let options = try #require(CallerOptions.current)
    let fate = Fate(options)
    let kafka = KafkaConfiguration(bootstrapServers: options.bootstrapServers, preset: .processor)
    let producer = try KafkaProducer(
      configuration: KafkaConfiguration(bootstrapServers: options.bootstrapServers, preset: .latency))
    let sink = WatchedSink(
      inner: KafkaUsageSink(producer: producer, topic: options.usage, source: "/test"), fate: fate)
    var models = LLMConfiguration(environment: [
      "HEADRACE_LLM_BASE_URL": options.modelURL, "HEADRACE_LLM_MODEL": "scripted", "HEADRACE_LLM_API_KEY": "key",
    ])
    models.calls.backoff = BackoffPolicy(initial: .milliseconds(20), maximum: .milliseconds(100))
    models.calls.retryReserve = 1_000
    models.cacheBytes = 0
    let llm = try LLMClient(configuration: models, metrics: MetricsRegistry())
    var configuration = ProcessorConfiguration(name: options.processor, inputTopics: [options.input])
    configuration.slots = options.slots
    configuration.commitInterval = .milliseconds(50)
    configuration.sessionTimeout = .seconds(6)
    configuration.groupInstanceID = "caller"
    // A record that is in work at every death is not the one that kills: here the test does.
    configuration.retry = RetryPolicy(
      maximumAttempts: 10_000, firstDelay: .milliseconds(20), longestDelay: .milliseconds(200))
    let service = ProcessorService(configuration: configuration, kafka: kafka) { record, context in
      let prompt = String(decoding: record.value ?? [], as: UTF8.self)
      var request = CallWorld.request(prompt, context.processor)
      request.priorAttempts = context.attempt - 1
      let journal = WatchedJournal(inner: context, prompt: prompt, fate: fate)
      let response = try await llm.stream(request, journal: journal, usage: sink) { _ in fate.pass(.streaming) }
      defer { fate.pass(.handled) }
      return [Output(topic: options.output, key: record.key, value: Array(response.text.utf8))]
    }
    try await ServiceGroup([service]).run()
  }
}

/// Where and when the process dies, and the diary that outlives it.
final class Fate: Sendable {
  private let options: CallerOptions
  private let left: Mutex<Int>
  private let diary: Int32

  init(_ options: CallerOptions) {
    self.options = options
    left = Mutex(options.passes)
    diary = open(options.diary, O_WRONLY | O_APPEND | O_CREAT, 0o644)
    if options.killPoint == .anywhere {
      Task {
        try? await Task.sleep(for: .milliseconds(40 * options.passes))
        die()
      }
    }
  }

  /// `B`: the call is begun. `J`: its result is in the journal. `F`: it failed.
  func write(_ step: Character, _ prompt: String) {
    let line = Array("\(step) \(prompt)\n".utf8)
    _ = Glibc.write(diary, line, line.count)
  }

  func pass(_ point: KillPoint) {
    guard point == options.killPoint else { return }
    let isLast = left.withLock { left in
      left -= 1
      return left < 0
    }
    if isLast { die() }
  }

  /// As `pass(.sent)`, a little later: while the model thinks.
  func willSend() {
    guard options.killPoint == .sent else { return }
    Task {
      try? await Task.sleep(for: .milliseconds(40))
      pass(.sent)
    }
  }

  private func die() { kill(getpid(), SIGKILL) }
}

/// The processor's journal, with a diary of what it does.
struct WatchedJournal: CallJournal {
  let inner: ProcessorContext
  let prompt: String
  let fate: Fate

  func result(
    for fingerprint: CallFingerprint, perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool) {
    let answer = try await inner.result(for: fingerprint) {
      fate.pass(.begun)
      fate.write("B", prompt)
      fate.willSend()
      do {
        let result = try await perform()
        fate.pass(.recording)
        return result
      } catch {
        fate.write("F", prompt)
        throw error
      }
    }
    if !answer.isFromJournal {
      fate.write("J", prompt)
      fate.pass(.recorded)
    }
    return answer
  }
}

/// The bill, with the points before and after it.
struct WatchedSink: UsageSink {
  let inner: KafkaUsageSink
  let fate: Fate

  func record(_ event: CallUsageEvent) async throws {
    if event.outcome == .paid { fate.pass(.answered) }
    try await inner.record(event)
    if event.outcome == .paid { fate.pass(.billed) }
  }
}
