public import FoundationEssentials
public import HeadraceCore

/// A record that was given up, with its cause.
public struct DeadLetter: Sendable, Hashable {
  /// Where the dead letter stands.
  public let coordinate: RecordCoordinate
  /// Where the record came from; nil where the headers do not say.
  public let source: RecordCoordinate?
  /// The record as it was (in its dead-letter topic).
  public let record: RawRecord
  /// The class of the failure; nil for dead letters of others.
  public let failureClass: FailureClass?
  /// The failure's stable word.
  public let reason: String?
  /// What the error said.
  public let message: String?
  /// The error's type.
  public let errorType: String?
  /// Attempts made.
  public let attempts: Int?
  /// The processor that gave it up.
  public let processor: String?
  /// How often it has been put back.
  public let redrives: Int
  /// The size of a value that was too large to go along; nil where the value is here.
  public let valueLeftOut: Int?

  /// Reads a dead letter's headers.
  public init(_ record: RawRecord) {
    self.record = record
    coordinate = record.coordinate
    if let topic = record.header(DeadLetterHeaders.topic),
      let partition = record.header(DeadLetterHeaders.partition).flatMap({ Int32($0) }),
      let offset = record.header(DeadLetterHeaders.offset).flatMap({ Int64($0) })
    {
      source = RecordCoordinate(topic: topic, partition: partition, offset: offset)
    } else {
      source = nil
    }
    failureClass = record.header(DeadLetterHeaders.failureClass).flatMap { FailureClass(rawValue: $0) }
    reason = record.header(DeadLetterHeaders.reason)
    message = record.header(DeadLetterHeaders.message)
    errorType = record.header(DeadLetterHeaders.exception)
    attempts = record.header(DeadLetterHeaders.attempts).flatMap { Int($0) }
    processor = record.header(DeadLetterHeaders.processor)
    redrives = record.header(DeadLetterHeaders.redrives).flatMap { Int($0) } ?? 0
    valueLeftOut = record.header(DeadLetterHeaders.valueLeftOut).flatMap { Int($0) }
  }

  /// The time of the record in its source's log.
  public var time: Date { record.timestamp }
}

extension DeadLetter: Encodable {
  private enum CodingKeys: String, CodingKey {
    case coordinate, source, key, time, failureClass = "class", reason, message, errorType, attempts, processor
    case redrives, valueBytes, valueLeftOut, value
  }

  /// For `-o json`: the value as text where it is UTF-8, else left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(coordinate.description, forKey: .coordinate)
    try container.encodeIfPresent(source?.description, forKey: .source)
    try container.encodeIfPresent(record.keyText, forKey: .key)
    try container.encode(time.rfc3339, forKey: .time)
    try container.encodeIfPresent(failureClass, forKey: .failureClass)
    try container.encodeIfPresent(reason, forKey: .reason)
    try container.encodeIfPresent(message, forKey: .message)
    try container.encodeIfPresent(errorType, forKey: .errorType)
    try container.encodeIfPresent(attempts, forKey: .attempts)
    try container.encodeIfPresent(processor, forKey: .processor)
    try container.encode(redrives, forKey: .redrives)
    try container.encodeIfPresent(record.value?.count, forKey: .valueBytes)
    try container.encodeIfPresent(valueLeftOut, forKey: .valueLeftOut)
    try container.encodeIfPresent(record.value.flatMap { String(validating: $0, as: UTF8.self) }, forKey: .value)
  }
}
