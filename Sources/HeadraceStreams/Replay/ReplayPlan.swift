public import FoundationEssentials
public import HeadraceCore

/// What a replay will do, to the record: shown, stored, and run by its hash.
public struct ReplayPlan: Sendable, Hashable, Codable {
  /// One partition's part.
  public struct Part: Sendable, Hashable, Codable {
    /// The topic.
    public var topic: String
    /// The partition.
    public var partition: Int32
    /// The first offset.
    public var start: Int64
    /// One past the last offset: frozen.
    public var end: Int64
    /// Records that will be handled.
    public var records: Int
    /// Their bytes.
    public var bytes: Int
    /// Time of the oldest one, milliseconds since 1970.
    public var oldestMilliseconds: Int64?
  }

  /// The short name of the replay.
  public var id: String
  /// SHA-256 over request, ranges and counts.
  public var hash: String
  /// What was asked for.
  public var request: ReplayRequest
  /// The parts, by topic and partition.
  public var parts: [Part]
  /// Calls that the journal answers.
  public var journalHits: Int
  /// Calls that would be paid for.
  public var journalMisses: Int
  /// Tokens into those.
  public var inputTokens: Int
  /// Tokens out of them, at least.
  public var leastOutputTokens: Int
  /// Tokens out of them, at most.
  public var mostOutputTokens: Int
  /// Their cost, at least.
  public var leastCost: Money
  /// Their cost, at most.
  public var mostCost: Money
  /// Seconds at the rate that was asked for; nil where none was.
  public var seconds: Double?
  /// What will be gone first, as a sentence; nil where nothing expires.
  public var expiry: String?
  /// When it was made.
  public var createdAt: Date

  /// Records that will be handled.
  public var records: Int { parts.reduce(0) { $0 + $1.records } }

  /// The same once more, under another name.
  func again() throws -> ReplayPlan {
    var plan = self
    plan.request.repetition = (request.repetition ?? 0) + 1
    plan.hash = try Self.hash(plan.request, parts)
    plan.id = Self.id(plan.hash)
    return plan
  }

  /// The short name that goes with a hash.
  static func id(_ hash: String) -> String { String(hash.prefix(10)) }

  /// The hash of what was planned.
  static func hash(_ request: ReplayRequest, _ parts: [Part]) throws -> String {
    var sum = SHA256()
    sum.update(try JournalCoding.encode(request))
    sum.update(try JournalCoding.encode(parts))
    return sum.finalize().hex
  }
}
