public import FoundationEssentials

/// Where a stream of a document's events begins.
public enum DocumentEventStart: Sendable, Hashable {
  /// With the upload: everything that has happened.
  case start
  /// With what happens from now on.
  case now
  /// After the event that had this cursor.
  case cursor(String)
  /// With what happened at or after this time.
  case time(Date)
}
