import FoundationEssentials

/// Where the tests that need a log find one.
enum Logs {
  /// A real Kafka, where one is named.
  static var kafka: String? { ProcessInfo.processInfo.environment["HEADRACE_TEST_KAFKA"] }
}
