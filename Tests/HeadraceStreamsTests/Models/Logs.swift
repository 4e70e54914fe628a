import FoundationEssentials
import Testing
import HeadraceTesting

/// A log that a test runs on.
enum LogChoice: Sendable, CustomTestStringConvertible {
  case embedded
  case kafka(String)

  var testDescription: String {
    switch self {
    case .embedded: "the embedded broker"
    case .kafka: "Apache Kafka"
    }
  }

  /// Lends the log.
  func withLog(_ body: (TestLog) async throws -> Void) async throws {
    switch self {
    case .kafka(let servers): try await body(TestLog(bootstrapServers: servers))
    case .embedded:
      try await EmbeddedBroker.withBroker { broker in
        try await body(TestLog(bootstrapServers: broker.bootstrapServers))
      }
    }
  }

  /// The embedded broker, and a real Kafka where `HEADRACE_TEST_KAFKA` names one.
  static let all: [LogChoice] =
    [.embedded] + (ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA"].map { [.kafka($0)] } ?? [])
}
