/// Which offset of a partition ``KafkaAdmin/offsets(_:isolation:deadline:)`` looks for.
public enum OffsetQuery: Sendable, Hashable {
  /// The oldest record that is left.
  case earliest
  /// Behind the newest record.
  case latest
  /// The first record that is not older than this, in milliseconds since 1970.
  case time(Int64)
  /// The record with the largest timestamp; needs librdkafka ≥ 2.3.0.
  case largestTimestamp
}
