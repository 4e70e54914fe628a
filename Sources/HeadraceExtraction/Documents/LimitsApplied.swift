/// The limits that were in force while a document was read.
public struct LimitsApplied: Sendable, Hashable, Codable {
  /// How the reader was shut in: `in-process` (no parser ran), `bubblewrap`, `limits` (resource limits alone).
  public var isolation: String
  /// The largest document taken, in bytes.
  public var inputBytes: Int
  /// The most that may come out, in bytes.
  public var outputBytes: Int
  /// The most that the parts of a zip file may hold together, in bytes; nil where nothing was inflated.
  public var inflatedBytes: Int?
  /// The child's address space, in bytes; nil where no child ran.
  public var memoryBytes: Int?
  /// The child's processor time, in seconds; nil where no child ran.
  public var cpuSeconds: Int?
  /// The longest that a child may take by the clock, in seconds; nil where no child ran.
  public var wallSeconds: Int?
}
