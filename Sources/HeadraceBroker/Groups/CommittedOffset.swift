/// A position that a group committed.
struct CommittedOffset: Hashable, Sendable {
  /// Kafka's limit for the metadata of a commit, in UTF-16 code units.
  static let maximumMetadata = 4_096

  var offset: Int64
  var leaderEpoch: Int32 = -1
  var metadata = ""
  /// Milliseconds since 1970.
  var committedAt: Int64
  /// The order of commits: one made while a transaction was open wins over the transaction's earlier one.
  var sequence: UInt64 = 0
}
