internal import HeadraceCore
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Kafka's system-test producer: writes numbers and prints one JSON line for everything that happens, byte for byte like
/// `org.apache.kafka.tools.VerifiableProducer`.
package struct VerifiableProducer: Sendable {
  package struct Options: Sendable {
    package var topic: String
    /// −1: without end.
    package var maxMessages: Int64 = -1
    /// Records a second; −1: as fast as possible.
    package var throughput: Int64 = -1
    /// The value's prefix and a dot, when given.
    package var valuePrefix: Int?
    /// Keys run from 0 up to this number, over and over, when given.
    package var repeatingKeys: Int?
    /// The create time of the first record, in ms; it moves on with the clock.
    package var messageCreateTime: Int64?

    package init(topic: String) { self.topic = topic }
  }

  private let configuration: KafkaConfiguration
  private let options: Options

  /// `configuration.producer.acks` is `--acks`; the client is made idempotent only where that is `all`.
  package init(configuration: KafkaConfiguration, options: Options) {
    var configuration = configuration
    if configuration.producer.acks != .all { configuration.producer.idempotent = false }
    self.configuration = configuration
    self.options = options
  }

  /// Runs until `maxMessages` are sent, the task is cancelled or a graceful shutdown begins; every line goes to `output`, in order,
  /// one at a time.
  package func run(_ output: @escaping @Sendable ([UInt8]) -> Void) async throws {
    let printer = Printer(output)
    let stop = StopFlag()
    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await run(printer, stop)
      } onGracefulShutdown: {
        stop.set()
      }
    } onCancel: {
      stop.set()
    }
  }

  private func run(_ printer: Printer, _ stop: StopFlag) async throws {
    let producer = try KafkaProducer(configuration: configuration)
    let tally = Tally()
    let start = ContinuousClock.now
    printer.print(EventLine("startup_complete").line)
    var sent: Int64 = 0
    var key = 0
    while !stop.isSet, options.maxMessages < 0 || sent < options.maxMessages {
      let value = options.valuePrefix.map { "\($0).\(sent)" } ?? String(sent)
      let keyText = options.repeatingKeys.map { count in
        defer { key = key + 1 >= count ? 0 : key + 1 }
        return String(key)
      }
      let record = ProducerRecord(topic: options.topic, key: keyText, value: value, timestamp: timestamp(since: start))
      do throws(KafkaError) {
        try await producer.enqueue(record) { result in
          switch result {
          case .success(let delivery):
            tally.acked.wrappingAdd(1, ordering: .relaxed)
            printer.print(Self.success(keyText, value, delivery))
          case .failure(let error): printer.print(failure(keyText, value, error))
          }
        }
      } catch {
        if error.code == .cancelled { break }
        printer.print(failure(keyText, value, error))
      }
      sent += 1
      await throttle(sent: sent, start: start, stop: stop)
    }
    // What was sent is waited for, also after a cancellation.
    let closing = Task.detached { await producer.close(deadline: .seconds(30)) }
    _ = await closing.value
    let acked = tally.acked.load(ordering: .relaxed)
    let milliseconds = Double((ContinuousClock.now - start).nanoseconds) / 1e6
    printer.print(EventLine("shutdown_complete").line)
    var line = EventLine("tool_data")
    line.add("sent", sent)
    line.add("acked", acked)
    line.add("target_throughput", options.throughput)
    line.add("avg_throughput", double: 1000 * Double(acked) / max(1, milliseconds.rounded(.down)))
    printer.print(line.line)
  }

  private func timestamp(since start: ContinuousClock.Instant) -> Date? {
    options.messageCreateTime.map { first in
      Date(timeIntervalSince1970: Double(first + (ContinuousClock.now - start).nanoseconds / 1_000_000) / 1000)
    }
  }

  /// Waits until the records sent so far are due, in naps that notice a stop.
  private func throttle(sent: Int64, start: ContinuousClock.Instant, stop: StopFlag) async {
    guard options.throughput > 0 else { return }
    let due = start + .nanoseconds(sent * 1_000_000_000 / options.throughput)
    while !stop.isSet {
      let left = due - ContinuousClock.now
      guard left > .milliseconds(1) else { return }
      try? await Task.sleep(for: min(left, .milliseconds(100)))
    }
  }

  private static func success(_ key: String?, _ value: String, _ delivery: Delivery) -> [UInt8] {
    var line = EventLine("producer_send_success")
    line.add("key", text: key)
    line.add("value", text: value)
    line.add("offset", delivery.offset)
    line.add("topic", text: delivery.topic)
    line.add("partition", delivery.partition)
    return line.line
  }

  private func failure(_ key: String?, _ value: String, _ error: KafkaError) -> [UInt8] {
    var line = EventLine("producer_send_error")
    line.add("topic", text: options.topic)
    line.add("key", text: key)
    line.add("value", text: value)
    line.add("exception", text: "class org.apache.kafka.common.errors." + Self.javaName(error.code))
    line.add("message", text: error.message)
    return line.line
  }

  /// The exception that Java's client would throw.
  private static func javaName(_ code: KafkaError.Code) -> String {
    switch code {
    case .messageTimedOut, .timedOut, .unknownTopic, .unknownPartition, .deadlineExceeded, .requestTimedOut:
      "TimeoutException"
    case .unknownTopicOrPartition: "UnknownTopicOrPartitionException"
    case .messageTooLarge: "RecordTooLargeException"
    case .notEnoughReplicas: "NotEnoughReplicasException"
    case .notEnoughReplicasAfterAppend: "NotEnoughReplicasAfterAppendException"
    case .notLeader: "NotLeaderOrFollowerException"
    case .topicAuthorizationFailed: "TopicAuthorizationException"
    case .saslAuthenticationFailed, .authentication: "SaslAuthenticationException"
    case .fenced, .producerFenced, .invalidProducerEpoch: "ProducerFencedException"
    case .outOfOrderSequence: "OutOfOrderSequenceException"
    case .transport, .networkException: "NetworkException"
    case .invalidTopic: "InvalidTopicException"
    default: "UnknownServerException"
    }
  }

  private final class Tally: Sendable {
    let acked = Atomic<Int64>(0)
  }
}

/// Gives lines to a function, one at a time.
final class Printer: Sendable {
  private let output: @Sendable ([UInt8]) -> Void
  private let lock = Mutex(())

  init(_ output: @escaping @Sendable ([UInt8]) -> Void) { self.output = output }

  func print(_ line: [UInt8]) { lock.withLock { _ in output(line) } }
}
