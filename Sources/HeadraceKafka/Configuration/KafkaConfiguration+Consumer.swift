extension KafkaConfiguration {
  /// What consumers use.
  public struct Consumer: Sendable {
    /// The consumer group. Needed for ``KafkaConsumer/subscribe(to:)`` and commits; `nil` for reading by assignment only.
    public var groupID: String?
    /// A name that outlives the process: a member that returns within the session timeout gets its partitions back without
    /// a rebalance (static membership). Such a member doesn't leave the group when it closes.
    public var groupInstanceID: String?
    /// Where to start where the group has no committed offset, or the committed one is gone. Default `.earliest`.
    public var startWhenNoOffset: StartWhenNoOffset = .earliest
    /// Whether records of open and aborted transactions are seen. Default `.readCommitted`.
    public var isolation: Isolation = .readCommitted
    /// How partitions are spread over the members. Default `.range`, since librdkafka below 2.3.0 can abort the process
    /// under `.cooperativeSticky`; asked for, it is made safe here by closing only after the first assignment.
    public var assignor: Assignor = .range
    /// How the group agrees on who reads what. Default `.classic`.
    public var groupProtocol: GroupProtocol = .classic
    /// How long the broker waits for heartbeats before it gives the partitions to others. Default 45 s (Kafka's).
    public var sessionTimeout: Duration = .seconds(45)
    /// How often a heartbeat is sent. Default 3 s; at most a third of ``sessionTimeout``.
    public var heartbeatInterval: Duration = .seconds(3)
    /// How long a handler may keep a batch before the member leaves the group. Default 5 minutes.
    public var maximumPollInterval: Duration = .seconds(300)
    /// Who commits. Default `.manual`.
    public var commitMode: CommitMode = .manual
    /// Whether ``KafkaBatch/partitionEnds`` tells when the end of a partition was reached. Default `false`.
    public var reportsPartitionEnd: Bool = false
    /// The largest batch handed over, in records. Default 1,000.
    public var batchRecords: Int = 1_000
    /// The largest batch handed over, in bytes of keys and values; the last record may pass it. Default 16 MiB.
    public var batchBytes: Int = 16 << 20
    /// Records prefetched for each partition before fetching pauses. Default 1,000,000: smaller values make librdkafka
    /// 2.0.2 pause for up to a second, so bound memory with ``queuedBytes``.
    public var queuedRecords: Int = 1_000_000
    /// Bytes prefetched over all partitions; rounded up to KiB. Default 64 MiB.
    public var queuedBytes: Int = 64 << 20
    /// A fetch waits until the broker has this much. Default 1 byte.
    public var fetchMinimumBytes: Int = 1
    /// How long a fetch waits for ``fetchMinimumBytes``. Default 500 ms.
    public var fetchMaximumWait: Duration = .milliseconds(500)
    /// The most that one fetch returns. Default 50 MiB.
    public var fetchMaximumBytes: Int = 50 << 20
    /// The most that one fetch returns of one partition. Default 1 MiB.
    public var partitionFetchBytes: Int = 1 << 20
    /// Whether checksums of record batches are checked again here; TCP and the broker check too. Default `false`.
    public var checksCRC: Bool = false
    /// Whether subscribing may create a missing topic where the broker allows it. Default `false`.
    public var allowsTopicCreation: Bool = false
    /// How long ``RebalanceDelegate`` may take before the partitions are given back all the same. Default 5 s.
    public var revokeDeadline: Duration = .seconds(5)
    /// A handler that keeps a batch longer than this is logged and counted. Default 60 s; `nil` for never.
    public var handlerWarning: Duration? = .seconds(60)

    /// The defaults.
    public init() {}
  }

  /// Where to start without a committed offset.
  public enum StartWhenNoOffset: String, Sendable, CaseIterable {
    /// With the oldest record.
    case earliest
    /// With the next record that is written.
    case latest
    /// Not at all: the batch carries an error.
    case fail = "error"
  }

  /// Which records of transactions are seen.
  public enum Isolation: String, Sendable, CaseIterable {
    /// Only those of committed transactions, up to the oldest open one.
    case readCommitted = "read_committed"
    /// All, also those that will be or were aborted.
    case readUncommitted = "read_uncommitted"
  }

  /// How partitions are spread over the members of a group. All members must agree.
  public enum Assignor: String, Sendable, CaseIterable {
    /// Neighbouring partitions of each topic.
    case range
    /// One by one over all topics.
    case roundRobin = "roundrobin"
    /// Keeps what members have and moves only what must move, without stopping the others.
    case cooperativeSticky = "cooperative-sticky"
  }

  /// How a group agrees on who reads what. All members must agree, but for the time of a rolling change.
  public enum GroupProtocol: Sendable, Hashable {
    /// The members do, one of them for all, by ``Consumer/assignor``.
    case classic
    /// The broker does (KIP-848): ``Consumer/assignor``, ``Consumer/sessionTimeout`` and ``Consumer/heartbeatInterval`` are the
    /// broker's then, and are not sent. Needs librdkafka ≥ 2.12.0 and a broker that has it, as Apache Kafka 4.
    /// `assignor`: the broker's assignor, for example `uniform`; `nil` for its default.
    case broker(assignor: String? = nil)
  }

  /// Who commits offsets.
  public enum CommitMode: Sendable, Hashable {
    /// The application, with ``KafkaConsumer/commit(_:deadline:)-(KafkaBatch,_)`` and its relatives.
    case manual
    /// The client, at this interval and when partitions are given back: batches count once the next one is asked for, so a
    /// crash repeats records and loses none.
    case automatic(every: Duration)
  }
}
