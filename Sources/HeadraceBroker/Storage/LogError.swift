/// Why the log refused something: Kafka's error code and a sentence for the operator.
struct LogError: Error, Equatable, Sendable {
  /// Kafka's error code, as it goes on the wire.
  let code: Int16
  /// What happened, for logs and for answers that carry a message.
  let message: String

  static func kafka(_ code: Int16, _ message: String) -> LogError { LogError(code: code, message: message) }

  static func offsetOutOfRange(_ message: String) -> LogError { kafka(1, message) }
  static func corruptMessage(_ message: String) -> LogError { kafka(2, message) }
  static func unknownTopicOrPartition(_ message: String) -> LogError { kafka(3, message) }
  static func requestTimedOut(_ message: String) -> LogError { kafka(7, message) }
  static func messageTooLarge(_ message: String) -> LogError { kafka(10, message) }
  static func invalidTopic(_ message: String) -> LogError { kafka(17, message) }
  static func invalidTimestamp(_ message: String) -> LogError { kafka(32, message) }
  static func topicExists(_ message: String) -> LogError { kafka(36, message) }
  static func invalidPartitions(_ message: String) -> LogError { kafka(37, message) }
  static func invalidConfiguration(_ message: String) -> LogError { kafka(40, message) }
  static func policyViolation(_ message: String) -> LogError { kafka(44, message) }
  static func outOfOrderSequence(_ message: String) -> LogError { kafka(45, message) }
  static func invalidProducerEpoch(_ message: String) -> LogError { kafka(47, message) }
  static func storage(_ message: String) -> LogError { kafka(56, message) }
  static func unsupportedCompression(_ message: String) -> LogError { kafka(76, message) }
  static func invalidRecord(_ message: String) -> LogError { kafka(87, message) }
}

extension LogError: CustomStringConvertible {
  var description: String { "[\(code)] \(message)" }
}
