import Foundation
import HeadraceCore
import HeadraceHTTP
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
    configuration.order = try #require(ProcessingOrder(rawValue: options.order))
    configuration.sessionTimeout = .milliseconds(options.sessionTimeoutMilliseconds)
    configuration.commitInterval = .milliseconds(options.commitIntervalMilliseconds)
    configuration.retry = RetryPolicy(
      maximumAttempts: options.maximumAttempts, firstDelay: .milliseconds(20), longestDelay: .milliseconds(500))
    configuration.groupInstanceID = options.instance
    var kafka = KafkaConfiguration(bootstrapServers: options.bootstrapServers, preset: .processor)
    kafka.clientID = options.clientID
    let bill = Bill(path: options.bill)
    let http = HTTPClient()
    let service = ProcessorService(configuration: configuration, kafka: kafka) { record, context in
      let text = String(decoding: record.value!, as: UTF8.self)
      if text == options.deadlyValue { kill(getpid(), SIGKILL) }
      let fingerprint = WorkerOptions.fingerprint(of: text)
      let (result, isFromJournal) = try await context.result(for: fingerprint) {
        let answer = try await http.execute(
          HTTPClient.Request(method: "POST", url: options.model, body: .bytes(Array(text.utf8))))
        guard answer.status == 200 else { throw Refused(status: answer.status) }
        return CallResult(response: Data(answer.body))
      }
      if !isFromJournal { bill.write("F \(fingerprint)") }
      return [
        Output(
          topic: options.output, partition: record.coordinate.partition, key: record.key,
          value: [UInt8](result.response),
          headers: [RecordHeader("source", record.coordinate.description)])
      ]
    }
    try await ServiceGroup([service]).run()
  }

  struct Refused: ClassifiedError {
    let status: Int
    var failureClass: FailureClass {
      switch status {
      case 429: .throttled
      case 422: .content
      default: .transient
      }
    }
    var reason: String { "status_\(status)" }
  }
}
