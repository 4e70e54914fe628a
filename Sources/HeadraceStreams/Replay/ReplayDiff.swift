internal import HeadraceCore

/// How a replay's outputs differ from what is live, joined by the record that they were made from.
public struct ReplayDiff: Sendable, Hashable, Codable {
  /// One output that is not equal.
  public struct Entry: Sendable, Hashable, Codable {
    /// Why it is listed.
    public enum Kind: String, Sendable, Hashable, Codable {
      /// Both are there and differ.
      case changed
      /// Live has it, the replay has not.
      case missing
      /// The replay has it, live has not.
      case extra
      /// The replay gave its record up.
      case failed
    }

    /// What it is joined by: `ce_id`, or the key where there is none.
    public var id: String
    /// The key as text.
    public var key: String?
    /// Why it is listed.
    public var kind: Kind
    /// For JSON: the fields that differ, as paths.
    public var fields: [String]
  }

  /// Outputs that are equal.
  public var equal = 0
  /// Outputs that differ.
  public var changed = 0
  /// Live outputs that the replay has not written.
  public var missing = 0
  /// Outputs that live does not have.
  public var extra = 0
  /// Records that the replay gave up.
  public var failed = 0
  /// The first of those that are not equal.
  public var entries: [Entry] = []
  /// How often each field differs.
  public var fields: [String: Int] = [:]

  /// Whether everything is equal: for the exit code.
  public var isEqual: Bool { changed + missing + extra + failed == 0 }

  /// Fields that differ between two runs of the same.
  public static let volatileFields: Set<String> = [
    "provenance", "extraction.milliseconds", "milliseconds", "time",
  ]

  /// Fields at which two JSON values differ, as paths; empty where they are equal but for what is ignored.
  static func differences(_ old: JSONValue?, _ new: JSONValue?, ignoring: Set<String>, at path: String = "") -> [String]
  {
    if ignoring.contains(path) { return [] }
    if let oldMembers = old?.members, let newMembers = new?.members {
      let names = Set(oldMembers.map(\.name)).union(newMembers.map(\.name))
      return names.sorted().flatMap { name in
        differences(old?[name], new?[name], ignoring: ignoring, at: path.isEmpty ? name : "\(path).\(name)")
      }
    }
    return old == new ? [] : [path.isEmpty ? "(all)" : path]
  }
}
