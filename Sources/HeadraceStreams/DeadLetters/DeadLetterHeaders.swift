internal import HeadraceCore

/// The headers of a dead letter: Kafka Streams' names (KIP-1034) for what those say, ours for the rest.
public enum DeadLetterHeaders {
  /// The error's type.
  public static let exception = "__streams.errors.exception"
  /// Empty here: Swift errors carry none.
  public static let stackTrace = "__streams.errors.stacktrace"
  /// What the error said.
  public static let message = "__streams.errors.message"
  /// The record's topic.
  public static let topic = "__streams.errors.topic"
  /// The record's partition.
  public static let partition = "__streams.errors.partition"
  /// The record's offset.
  public static let offset = "__streams.errors.offset"
  /// `FailureClass`.
  public static let failureClass = "headrace.error.class"
  /// The failure's stable word.
  public static let reason = "headrace.error.reason"
  /// Attempts made.
  public static let attempts = "headrace.error.attempts"
  /// The processor that gave it up.
  public static let processor = "headrace.error.processor"
  /// How often the record has been put back already: the guard against loops.
  public static let redrives = "headrace.redrives"
  /// Present when the value was too large to go along: its size in bytes.
  public static let valueLeftOut = "headrace.value-left-out"

  /// All names that a dead letter adds to its record's own.
  public static let all: Set<String> = [
    exception, stackTrace, message, topic, partition, offset, failureClass, reason, attempts, processor, valueLeftOut,
  ]

  /// The record as it was, for its dead-letter topic, with the cause in headers.
  static func output(
    for record: RawRecord, failure: ProcessingFailure, topic deadLetterTopic: String, processor: String,
    maximumBytes: Int
  ) -> Output {
    var headers = record.headers.filter { !all.contains($0.name) }
    headers += [
      RecordHeader(exception, failure.errorType),
      RecordHeader(message, String(failure.message.prefix(4_096))),
      RecordHeader(stackTrace, ""),
      RecordHeader(topic, record.coordinate.topic),
      RecordHeader(partition, String(record.coordinate.partition)),
      RecordHeader(offset, String(record.coordinate.offset)),
      RecordHeader(failureClass, failure.failureClass.rawValue),
      RecordHeader(reason, failure.reason),
      RecordHeader(attempts, String(failure.attempts)),
      RecordHeader(DeadLetterHeaders.processor, processor),
    ]
    let time = record.timestampMilliseconds >= 0 ? record.timestampMilliseconds : nil
    let whole = Output(
      topic: deadLetterTopic, partition: record.coordinate.partition, key: record.key, value: record.value,
      headers: headers, timestampMilliseconds: time)
    guard whole.byteCount > maximumBytes else { return whole }
    // Too large for its topic: the coordinate says where the record is.
    headers = headers.filter { all.contains($0.name) }
    headers.append(RecordHeader(valueLeftOut, String(record.value?.count ?? 0)))
    return Output(
      topic: deadLetterTopic, partition: record.coordinate.partition,
      key: (record.key?.count ?? 0) > maximumBytes / 2 ? nil : record.key, value: nil, headers: headers,
      timestampMilliseconds: time)
  }
}
