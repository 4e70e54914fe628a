internal import FoundationEssentials

extension LogStore {
  /// How a log is kept.
  struct Configuration: Sendable {
    /// Made when it is missing.
    var folder: String
    /// Bytes of a segment, for topics without `segment.bytes`.
    var segmentBytes = 1 << 30
    /// Bytes of each of the journal's two files.
    var journalBytes = 64 << 20
    var durability = Durability.fsync
    /// The node id of a new folder; an existing one keeps its own.
    var nodeId: Int32 = 1
    /// The operator's defaults for all topics, under Kafka's names; below a topic's own settings.
    var topicDefaults: [String: String] = [:]
    /// Milliseconds since 1970.
    var now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
    var fileSystem: any FileSystem = SystemFileSystem()
    /// Between two passes of compaction.
    var cleanerInterval = Duration.seconds(15)
    /// From the start to the first pass of retention, as in Kafka: a broker that is restarted often would never get to one.
    var firstRetention = Duration.seconds(30)
    /// Between two passes of retention.
    var retentionInterval = Duration.seconds(300)
    /// Bytes of a partition in one commit cycle from which its file is synced instead of the bytes journaled.
    var bulkBytes = 256 << 10
    /// How long a producer that is silent is remembered.
    var producerExpiration = Duration.seconds(86_400)
    /// The most memory that keys take while one partition is compacted.
    var compactionBytes = 64 << 20
    /// The journal can no longer be trusted: nothing is acknowledged any more, the process should end. Called once,
    /// on the thread that met the failure.
    var onFatal: @Sendable (LogError) -> Void = { _ in }

    init(folder: String) { self.folder = folder }

    /// `topicDefaults` with `segmentBytes` below it, where that is not what Kafka's default is.
    var allTopicDefaults: [String: String] {
      if segmentBytes == 1 << 30 { return topicDefaults }
      return topicDefaults.merging(["segment.bytes": String(segmentBytes)]) { own, _ in own }
    }
  }
}
