/// A topic of the platform, as it is created.
public struct PlatformTopic: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// Its partitions.
  public let partitions: Int32
  /// Replicas of each partition; nil leaves it to the broker.
  public let replicationFactor: Int16?
  /// Its settings, by Kafka's names.
  public let configuration: [String: String]
  /// What it is for, in a few words.
  public let purpose: String
}
