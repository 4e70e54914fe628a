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
    var maximum: Int64?
    var allowed: [String]?
    /// What else must hold for a value, and what is said where it does not.
    var rule: Rule?

    struct Rule: Sendable {
      var reason: String
      var holds: @Sendable (String) -> Bool
    }

    /// The value as it is kept: numbers and booleans without spaces around them.
    ///
    /// - Throws: INVALID_CONFIG.
    func checked(_ value: String) throws(LogError) -> String {
      func refuse(_ reason: String) -> LogError {
        .invalidConfiguration("Invalid value \(value) for configuration \(name): \(reason)")
      }
      var kept = value
      switch type {
      case .boolean:
        kept = value.trimmingSpaces
        guard ["true", "false"].contains(kept.lowercased()) else {
          throw refuse("Expected value to be either true or false")
        }
      case .int, .long:
        kept = value.trimmingSpaces
        guard let number = Int64(kept), type == .long || Int32(kept) != nil else {
          throw refuse("Not a number of type \(type == .int ? "INT" : "LONG")")
        }
        if let minimum, number < minimum { throw refuse("Value must be at least \(minimum)") }
        if let maximum, number > maximum { throw refuse("Value must be no more than \(maximum)") }
      case .double:
        kept = value.trimmingSpaces
        guard let number = Double(kept) else { throw refuse("Not a number of type DOUBLE") }
        guard number >= 0, number <= 1 else { throw refuse("Value must be between 0 and 1") }
      case .string:
        if let allowed, !allowed.contains(value) {
          throw refuse("String must be one of: \(allowed.joined(separator: ", "))")
        }
      case .list:
        // Nothing at all is an empty list.
        let parts = value.trimmingSpaces.isEmpty ? [] : TopicConfiguration.items(of: value)
        if let allowed, let stranger = parts.first(where: { !allowed.contains($0) }) {
          throw refuse("\(stranger) is none of: \(allowed.joined(separator: ", "))")
        }
      }
      if let rule, !rule.holds(kept) { throw refuse(rule.reason) }
      return kept
    }
  }

  /// The parts of a list, without spaces around them.
  static func items(of value: String) -> [String] {
    value.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingSpaces)
  }

  /// "*", or pairs of partition and node.
  private static let replicas = Key.Rule(
    reason: "must be the literal '*' or a list of replicas: [partitionId]:[brokerId],[partitionId]:[brokerId],..."
  ) { value in
    value == "*" || value.trimmingSpaces.isEmpty
      || items(of: value).allSatisfy { item in
        let parts = item.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
      }
  }

  /// All keys, by name. What has no meaning on one node is accepted, kept and described, as Kafka does.
  static let keys: [Key] = [
    Key(
      name: "cleanup.policy", type: .list, defaultValue: "delete",
      documentation: "Old segments are deleted, compacted by key, or both.", allowed: ["compact", "delete"]),
    Key(
      name: "compression.gzip.level", type: .int, defaultValue: "-1",
      documentation: "Kept for compatibility: batches are stored as they come.", minimum: -1, maximum: 9,
      rule: Key.Rule(reason: "Value must be between 1 and 9 or equal to -1") { $0 != "0" }),
    Key(
      name: "compression.lz4.level", type: .int, defaultValue: "9",
      documentation: "Kept for compatibility: batches are stored as they come.", minimum: 1, maximum: 17),
    Key(
      name: "compression.type", type: .string, defaultValue: "producer",
      documentation: "Batches are stored as the producer compressed them, whatever is set here.",
      allowed: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
    Key(
      name: "compression.zstd.level", type: .int, defaultValue: "3",
      documentation: "Kept for compatibility: batches are stored as they come.", minimum: -131_072, maximum: 22),
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
      documentation: "Kept for compatibility: there is one node.", rule: replicas),
    Key(
      name: "index.interval.bytes", type: .int, defaultValue: "4096",
      documentation: "Kept for compatibility: an index entry stands for 16 KiB.", minimum: 0),
    Key(
      name: "leader.replication.throttled.replicas", type: .list, defaultValue: "",
      documentation: "Kept for compatibility: there is one node.", rule: replicas),
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
      documentation: "There is no tiered storage: it cannot be enabled.",
      rule: Key.Rule(reason: "this broker has no tiered storage") { $0.lowercased() == "false" }),
    Key(
      name: "retention.bytes", type: .long, defaultValue: "-1",
      documentation: "Bytes a partition keeps before its oldest segments go; -1 is no limit."),
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
