/// What the embedded broker is and may use. Everything has a default that serves a laptop; only the folder is asked for.
public struct BrokerConfiguration: Sendable {
  /// When an acknowledged record is safe.
  public enum Durability: String, Sendable, CaseIterable {
    /// From power cuts too: the answer to `acks=all` waits for the disk.
    case fsync
    /// From the process's own death (`kill -9`), not from a power cut. Apache Kafka's default on one node.
    case os
  }

  /// The data folder; made when it is missing. One broker at a time.
  public var folder: String
  /// A loopback address, "127.0.0.1" by default. Any other is refused: who wants to be reached from elsewhere wants
  /// replication and authentication too, and runs Apache Kafka.
  public var host = "127.0.0.1"
  /// 9092, Kafka's own, by default; 0 takes any that is free, see ``Broker/boundPort``.
  public var port: UInt16 = 9_092
  /// ``Durability/fsync`` by default: nothing acknowledged is lost.
  public var durability = Durability.fsync
  /// Of topics that are created without a number. 1 by default, as in Kafka.
  public var defaultPartitions: Int32 = 1
  /// Whether asking about a topic creates it. Off by default: a typing error should not make a topic.
  public var autoCreateTopics = false
  /// Settings of topics that have no value of their own, by Kafka's names.
  public var topicDefaults: [String: String] = [:]
  /// Connections at once, 1,000 by default (a thread each); more are accepted, closed and counted.
  public var maximumConnections = 1_000
  /// The largest request in bytes, 100 MiB by default, as in Kafka.
  public var maximumRequestBytes = 100 << 20
  /// Bytes of large requests that are held at once, 64 MiB by default; who comes when they are used up waits.
  public var bufferPoolBytes = 64 << 20
  /// How long the first rebalance of an empty group waits for more members. Zero by default: Kafka's 3 s are made for
  /// fleets that start together.
  public var groupInitialRebalanceDelay = Duration.zero
  /// What a member may ask for as its session time-out: 6 s to 30 min by default, as in Kafka.
  public var groupSessionTimeouts: ClosedRange<Duration> = .seconds(6) ... .seconds(1_800)
  /// How long the offsets of an empty group are kept: 7 days by default, as in Kafka.
  public var offsetRetention = Duration.seconds(7 * 86_400)
  /// How often expired offsets are looked for: every 10 minutes by default, as in Kafka.
  public var offsetRetentionCheckInterval = Duration.seconds(600)
  /// How long a producer that is silent is remembered, looked at every 5 minutes: a day by default, as Kafka's
  /// `producer.id.expiration.ms`.
  public var producerExpiration = Duration.seconds(86_400)
  /// The longest transaction time-out that a producer may ask for: 15 min by default, as in Kafka.
  public var maximumTransactionTimeout = Duration.seconds(900)
  /// Connections that send nothing for so long are closed: 10 min by default, as in Kafka.
  public var idleConnectionTimeout = Duration.seconds(600)
  /// Bytes of a segment, 1 GiB by default, for topics that do not say.
  public var segmentBytes = 1 << 30
  /// Bytes of each of the two journal files, 64 MiB by default; less makes checkpoints more frequent.
  public var journalBytes = 64 << 20

  /// The defaults for a data folder.
  public init(folder: String) {
    self.folder = folder
  }
}
