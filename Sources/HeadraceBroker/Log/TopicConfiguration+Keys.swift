extension TopicConfiguration {
  /// The type of a key; raw values as DescribeConfigs carries them.
  enum KeyType: Int8, Sendable {
    case boolean = 1
    case string = 2
    case int = 3
    case long = 5
    case double = 6
    case list = 7
  }

  /// One key: name, type, default, what its values may be.
  struct Key: Sendable {
    let name: String
    let type: KeyType
    let defaultValue: String
    let documentation: String
    var minimum: Int64?
    var allowed: [String]?

    /// - Throws: INVALID_CONFIG.
    func check(_ value: String) throws(LogError) {
      func refuse(_ reason: String) -> LogError {
        .invalidConfiguration("Invalid value \(value) for configuration \(name): \(reason)")
      }
      switch type {
      case .boolean:
        guard ["true", "false"].contains(value.lowercased()) else {
          throw refuse("Expected value to be either true or false")
        }
      case .int:
        guard let number = Int32(value) else { throw refuse("Not a number of type INT") }
        if let minimum, Int64(number) < minimum { throw refuse("Value must be at least \(minimum)") }
      case .long:
        guard let number = Int64(value) else { throw refuse("Not a number of type LONG") }
        if let minimum, number < minimum { throw refuse("Value must be at least \(minimum)") }
      case .double:
        guard let number = Double(value) else { throw refuse("Not a number of type DOUBLE") }
        guard number >= 0, number <= 1 else { throw refuse("Value must be between 0 and 1") }
      case .string:
        if let allowed, !allowed.contains(value) {
          throw refuse("String must be one of: \(allowed.joined(separator: ", "))")
        }
      case .list:
        guard let allowed else { return }
        let parts = value.split(separator: ",", omittingEmptySubsequences: false).map { part in
          String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        for part in parts where !allowed.contains(part) {
          throw refuse("String must be one of: \(allowed.joined(separator: ", "))")
        }
      }
    }
  }

  /// All keys, by name. What has no meaning on one node is accepted, kept and described, as Kafka does.
  static let keys: [Key] = [
    Key(
      name: "cleanup.policy", type: .list, defaultValue: "delete",
      documentation: "Old segments are deleted, compacted by key, or both.", allowed: ["compact", "delete"]),
    Key(
      name: "compression.gzip.level", type: .int, defaultValue: "-1",
      documentation: "Kept for compatibility: batches are stored as they come."),
    Key(
      name: "compression.lz4.level", type: .int, defaultValue: "9",
      documentation: "Kept for compatibility: batches are stored as they come."),
    Key(
      name: "compression.type", type: .string, defaultValue: "producer",
      documentation: "Batches are stored as the producer compressed them, whatever is set here.",
      allowed: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
    Key(
      name: "compression.zstd.level", type: .int, defaultValue: "3",
      documentation: "Kept for compatibility: batches are stored as they come."),
    Key(
      name: "delete.retention.ms", type: .long, defaultValue: "86400000",
      documentation: "How long a tombstone of a compacted topic stays after its first cleaning.", minimum: 0),
    Key(
      name: "file.delete.delay.ms", type: .long, defaultValue: "60000",
      documentation: "Kept for compatibility: a removed file stays open for those who read it.", minimum: 0),
    Key(
      name: "flush.messages", type: .long, defaultValue: "9223372036854775807",
      documentation: "Kept for compatibility: the journal decides when data is synced.", minimum: 1),
    Key(
      name: "flush.ms", type: .long, defaultValue: "9223372036854775807",
      documentation: "Kept for compatibility: the journal decides when data is synced.", minimum: 0),
    Key(
      name: "follower.replication.throttled.replicas", type: .list, defaultValue: "",
      documentation: "Kept for compatibility: there is one node."),
    Key(
      name: "index.interval.bytes", type: .int, defaultValue: "4096",
      documentation: "Kept for compatibility: an index entry stands for 16 KiB.", minimum: 0),
    Key(
      name: "leader.replication.throttled.replicas", type: .list, defaultValue: "",
      documentation: "Kept for compatibility: there is one node."),
    Key(
      name: "local.retention.bytes", type: .long, defaultValue: "-2",
      documentation: "Kept for compatibility: there is no tiered storage.", minimum: -2),
    Key(
      name: "local.retention.ms", type: .long, defaultValue: "-2",
      documentation: "Kept for compatibility: there is no tiered storage.", minimum: -2),
    Key(
      name: "max.compaction.lag.ms", type: .long, defaultValue: "9223372036854775807",
      documentation: "A record of a compacted topic is cleaned at the latest after this time.", minimum: 1),
    Key(
      name: "max.message.bytes", type: .int, defaultValue: "1048588",
      documentation: "The largest batch accepted, compressed as it comes, header included.", minimum: 0),
    Key(
      name: "message.timestamp.after.max.ms", type: .long, defaultValue: "3600000",
      documentation: "How far ahead of the clock a timestamp may be.", minimum: 0),
    Key(
      name: "message.timestamp.before.max.ms", type: .long, defaultValue: "9223372036854775807",
      documentation: "How far behind the clock a timestamp may be.", minimum: 0),
    Key(
      name: "message.timestamp.type", type: .string, defaultValue: "CreateTime",
      documentation: "Whether records keep the producer's time or get the broker's.",
      allowed: ["CreateTime", "LogAppendTime"]),
    Key(
      name: "min.cleanable.dirty.ratio", type: .double, defaultValue: "0.5",
      documentation: "The share of a compacted log that is not cleaned yet before it is cleaned."),
    Key(
      name: "min.compaction.lag.ms", type: .long, defaultValue: "0",
      documentation: "A record stays uncompacted for at least this time.", minimum: 0),
    Key(
      name: "min.insync.replicas", type: .int, defaultValue: "1",
      documentation: "Kept for compatibility: there is one node.", minimum: 1),
    Key(
      name: "preallocate", type: .boolean, defaultValue: "false",
      documentation: "Kept for compatibility: segments grow as they are written."),
    Key(
      name: "remote.log.copy.disable", type: .boolean, defaultValue: "false",
      documentation: "Kept for compatibility: there is no tiered storage."),
    Key(
      name: "remote.log.delete.on.disable", type: .boolean, defaultValue: "false",
      documentation: "Kept for compatibility: there is no tiered storage."),
    Key(
      name: "remote.storage.enable", type: .boolean, defaultValue: "false",
      documentation: "Kept for compatibility: there is no tiered storage."),
    Key(
      name: "retention.bytes", type: .long, defaultValue: "-1",
      documentation: "Bytes a partition keeps before its oldest segments go; -1 is no limit.", minimum: -1),
    Key(
      name: "retention.ms", type: .long, defaultValue: "604800000",
      documentation: "How long records stay, by their timestamps; -1 is for ever.", minimum: -1),
    Key(
      name: "segment.bytes", type: .int, defaultValue: "1073741824",
      documentation: "The size at which a new segment is begun.", minimum: 1_048_576),
    Key(
      name: "segment.index.bytes", type: .int, defaultValue: "10485760",
      documentation: "Kept for compatibility: indexes are as large as they need to be.", minimum: 4),
    Key(
      name: "segment.jitter.ms", type: .long, defaultValue: "0",
      documentation: "Kept for compatibility: segments are not begun in step.", minimum: 0),
    Key(
      name: "segment.ms", type: .long, defaultValue: "604800000",
      documentation: "The age, by timestamps, at which a new segment is begun.", minimum: 1),
    Key(
      name: "unclean.leader.election.enable", type: .boolean, defaultValue: "false",
      documentation: "Kept for compatibility: there is one node."),
  ]
}
