/// Whether an ``Extractor`` can do its work, for logs and the health page.
public struct ExtractorHealth: Sendable, Hashable {
  /// Whether documents of every format can be read.
  public var isHealthy: Bool
  /// The helper that was found, by its path.
  public var executable: String?
  /// How children are shut in: `bubblewrap`, `limits`, or `none` when none can be started.
  public var isolation: String
  /// Whether children run as a user without rights although the service runs as root; nil when it does not.
  public var dropsRoot: Bool?
  /// What an operator should know, a sentence each.
  public var notes: [String]
}
