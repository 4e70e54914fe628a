/// Whether an ``ACLBinding`` lets or forbids.
public enum ACLPermission: Int32, Sendable, Hashable, CaseIterable {
  /// Forbids, whatever else allows.
  case deny = 2
  /// Lets.
  case allow = 3
}
