/// What a process can be.
public enum Role: String, Sendable, CaseIterable, Comparable {
  /// The HTTP API over the documents.
  case gateway
  /// Turns uploads into metadata.
  case enricher

  /// Orders by name.
  public static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}
