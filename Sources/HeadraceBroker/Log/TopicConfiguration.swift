/// A topic's configuration under Kafka's names, as text and as typed values. Immutable.
final class TopicConfiguration: Sendable {
  /// Where a value comes from, as DescribeConfigs tells it.
  enum Source: Equatable, Sendable {
    /// Set on the topic itself.
    case topic
    /// The broker's default for all topics, set by its operator.
    case broker
    /// The default of the key.
    case builtIn
  }

  /// What the topic sets itself.
  let overrides: [String: String]
  private let defaults: [String: String]

  let isCompacted: Bool
  let isDeleted: Bool
  let retentionMilliseconds: Int64
  let retentionBytes: Int64
  let segmentBytes: Int64
  let segmentMilliseconds: Int64
  let maxMessageBytes: Int
  let deleteRetentionMilliseconds: Int64
  let minCompactionLagMilliseconds: Int64
  let maxCompactionLagMilliseconds: Int64
  let minCleanableDirtyRatio: Double
  let usesLogAppendTime: Bool
  let timestampAfterMaxMilliseconds: Int64
  let timestampBeforeMaxMilliseconds: Int64
  let compressionType: String

  /// - Parameters:
  ///   - overrides: The topic's own settings.
  ///   - defaults: The operator's defaults for all topics; not checked against the limits of a topic's own settings,
  ///     so that tests can have tiny segments.
  /// - Throws: INVALID_CONFIG for an unknown key or a value out of range.
  init(overrides: [String: String], defaults: [String: String] = [:]) throws(LogError) {
    var checked: [String: String] = [:]
    for (name, value) in overrides {
      guard let key = Self.keysByName[name] else { throw .invalidConfiguration("Unknown topic config name: \(name)") }
      checked[name] = try key.checked(value)
    }
    let overrides = checked
    self.overrides = overrides
    self.defaults = defaults
    func text(_ name: String) -> String { overrides[name] ?? defaults[name] ?? Self.keysByName[name]!.defaultValue }
    func long(_ name: String) -> Int64 { Int64(text(name)) ?? Int64(Self.keysByName[name]!.defaultValue) ?? 0 }
    let policies = Self.items(of: text("cleanup.policy"))
    isCompacted = policies.contains("compact")
    isDeleted = policies.contains("delete")
    retentionMilliseconds = long("retention.ms")
    retentionBytes = long("retention.bytes")
    segmentBytes = long("segment.bytes")
    segmentMilliseconds = long("segment.ms")
    maxMessageBytes = Int(long("max.message.bytes"))
    deleteRetentionMilliseconds = long("delete.retention.ms")
    minCompactionLagMilliseconds = long("min.compaction.lag.ms")
    maxCompactionLagMilliseconds = long("max.compaction.lag.ms")
    minCleanableDirtyRatio = Double(text("min.cleanable.dirty.ratio")) ?? 0.5
    usesLogAppendTime = text("message.timestamp.type") == "LogAppendTime"
    timestampAfterMaxMilliseconds = long("message.timestamp.after.max.ms")
    timestampBeforeMaxMilliseconds = long("message.timestamp.before.max.ms")
    compressionType = text("compression.type")
    guard minCompactionLagMilliseconds <= maxCompactionLagMilliseconds else {
      throw .invalidConfiguration("min.compaction.lag.ms is above max.compaction.lag.ms")
    }
  }

  /// What a folder holds: settings that this version would not take any more are left out, so that the folder opens.
  static func recovered(_ overrides: [String: String], defaults: [String: String]) throws(LogError)
    -> TopicConfiguration
  {
    let usable = overrides.filter { name, value in (try? keysByName[name]?.checked(value)) != nil }
    do throws(LogError) {
      return try TopicConfiguration(overrides: usable, defaults: defaults)
    } catch {
      return try TopicConfiguration(overrides: [:], defaults: defaults)
    }
  }

  /// The value in force and where it comes from; nil for an unknown key.
  func value(_ name: String) -> (value: String, source: Source)? {
    guard let key = Self.keysByName[name] else { return nil }
    if let value = overrides[name] { return (value, .topic) }
    if let value = defaults[name] { return (value, .broker) }
    return (key.defaultValue, .builtIn)
  }

  private static let keysByName = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
}

extension StringProtocol {
  /// Without spaces at both ends.
  var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
