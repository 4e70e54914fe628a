/// Where a platform can be reached, once it is ready.
public struct PlatformAddresses: Sendable, Hashable {
  /// HOST:PORT of Kafka.
  public var bootstrapServers: String
  /// Whether that is the embedded broker.
  public var isEmbedded: Bool
  /// The gateway's URL, when this process has one.
  public var gateway: String?
  /// The URL of probes and metrics, when they have a port of their own.
  public var metrics: String?
  /// The data folder.
  public var dataFolder: String
}
