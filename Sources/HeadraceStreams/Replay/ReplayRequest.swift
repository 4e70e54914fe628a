public import FoundationEssentials
public import HeadraceCore

/// What to process again, and how.
public struct ReplayRequest: Sendable, Hashable, Codable {
  /// One end of a range.
  public enum Bound: Sendable, Hashable, Codable {
    /// The oldest record, or the end as of the plan.
    case unbounded
    /// The first record at or after a time.
    case time(Date)
    /// An offset for each partition; partitions that are not named are left out.
    case offsets([Int32: Int64])
  }

  /// Only records whose last output carries a version below this.
  public struct VersionBelow: Sendable, Hashable, Codable {
    /// Where the version stands in the output's JSON, such as `provenance.promptVersion`.
    public var field: String
    /// The version.
    public var version: Int64
    /// Makes a condition.
    public init(field: String, version: Int64) {
      self.field = field
      self.version = version
    }
  }

  /// Where outputs go.
  public enum Destination: String, Sendable, Hashable, Codable {
    /// Into `<topic>.r<id>`: to be compared, and promoted.
    case aside
    /// Into the live topics, with a header that names the replay.
    case live
  }

  /// The processor.
  public var processor: String
  /// Where to begin.
  public var from = Bound.unbounded
  /// Where to end; frozen by the plan.
  public var to = Bound.unbounded
  /// Only these keys; empty is all.
  public var keys: [String] = []
  /// Only records with these headers; empty is all.
  public var headers: [String: String] = [:]
  /// How many in a hundred, chosen by coordinate: the same ones each time.
  public var samplePercent = 100.0
  /// Only records that ended as dead letters of this class.
  public var deadLetterClass: FailureClass?
  /// Only records whose last output is older than a version.
  public var versionBelow: VersionBelow?
  /// Records a second over all processes; nil is as fast as slots and limits allow.
  public var perSecond: Double?
  /// The share of the route's permits, live work first.
  public var permitShare = 0.2
  /// The replay pauses when its calls have cost so much.
  public var spendCap: Money?
  /// Where outputs go.
  public var destination = Destination.aside
  /// How the journal is used.
  public var journalMode = JournalMode.use
  /// Which time the same is asked for; nil for the first. Set by the plan.
  public internal(set) var repetition: Int?
  /// For the processor: a prompt's version, a model to try.
  public var parameters: [String: String] = [:]

  /// A request for everything.
  public init(processor: String) { self.processor = processor }
}
