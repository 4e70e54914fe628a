/// A topic to create.
public struct NewTopic: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// Partitions; −1 for the broker's default.
  public var partitions: Int
  /// Replicas of each; −1 for the broker's default.
  public var replicationFactor: Int
  /// Topic configuration, for example `["cleanup.policy": "compact"]`.
  public var configs: [String: String]

  /// A topic to create.
  public init(_ name: String, partitions: Int = -1, replicationFactor: Int = -1, configs: [String: String] = [:]) {
    self.name = name
    self.partitions = partitions
    self.replicationFactor = replicationFactor
    self.configs = configs
  }
}

/// A topic as the cluster describes it.
public struct TopicDescription: Sendable, Hashable {
  /// A partition of it.
  public struct Partition: Sendable, Hashable {
    /// Its number.
    public var id: Int32
    /// The broker that leads it; −1 for none.
    public var leader: Int32
    /// The brokers that have it.
    public var replicas: [Int32]
    /// Those of them that are in sync.
    public var inSync: [Int32]
    /// What is wrong with it.
    public var error: KafkaError?
  }

  /// Its name.
  public var name: String
  /// Its partitions, by number.
  public var partitions: [Partition]
  /// What is wrong with it; `unknownTopicOrPartition` where it doesn't exist.
  public var error: KafkaError?
  /// Whether it is one of Kafka's own.
  public var isInternal: Bool { name.hasPrefix("__") }
}

/// The cluster as it describes itself.
public struct ClusterDescription: Sendable, Hashable {
  /// A broker of it.
  public struct Broker: Sendable, Hashable {
    /// Its number.
    public var id: Int32
    /// Its advertised host.
    public var host: String
    /// Its advertised port.
    public var port: Int
  }

  /// The cluster's id.
  public var clusterID: String
  /// The broker that acts as controller; −1 when unknown.
  public var controllerID: Int32
  /// All brokers, by number.
  public var brokers: [Broker]
}

/// What a configuration belongs to.
public enum ConfigResource: Sendable, Hashable {
  /// A topic.
  case topic(String)
  /// A broker, by number.
  case broker(Int32)
  /// A consumer group; needs a broker that has group configurations.
  case group(String)
}

/// One setting of a topic, broker or group.
public struct ConfigEntry: Sendable, Hashable {
  /// Where a value comes from.
  public enum Source: String, Sendable, Hashable {
    /// Set for this topic or group.
    case dynamicTopic
    /// Set for this broker.
    case dynamicBroker
    /// Set for all brokers.
    case dynamicDefaultBroker
    /// From the broker's file.
    case staticBroker
    /// Built in.
    case builtIn
    /// From somewhere else.
    case unknown
  }

  /// Its name.
  public var name: String
  /// Its value; `nil` when it is sensitive.
  public var value: String?
  /// Where the value comes from.
  public var source: Source
  /// Whether it is nobody's choice.
  public var isDefault: Bool
  /// Whether it can't be changed.
  public var isReadOnly: Bool
  /// Whether its value is hidden.
  public var isSensitive: Bool
}

/// A consumer group in a list.
public struct GroupListing: Sendable, Hashable {
  /// Its id.
  public var id: String
  /// `Stable`, `Empty`, `PreparingRebalance` and so on.
  public var state: String
  /// Whether it has offsets but no members by design.
  public var isSimple: Bool
}

/// A consumer group in detail.
public struct GroupDescription: Sendable, Hashable {
  /// A member of it.
  public struct Member: Sendable, Hashable {
    /// The id that the coordinator gave it.
    public var memberID: String
    /// Its `client.id`.
    public var clientID: String
    /// Its static membership, if it has one.
    public var instanceID: String?
    /// Where it connects from.
    public var host: String
    /// What it reads.
    public var assignment: [TopicPartition]
  }

  /// Its id.
  public var id: String
  /// `Stable`, `Empty`, `PreparingRebalance`, `Dead` and so on.
  public var state: String
  /// The assignor in use.
  public var assignor: String
  /// The broker that coordinates it; −1 when unknown.
  public var coordinator: Int32
  /// Whether it has offsets but no members by design.
  public var isSimple: Bool
  /// Its members.
  public var members: [Member]
  /// What went wrong when it was described.
  public var error: KafkaError?
}
