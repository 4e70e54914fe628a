/// How a run uses results that the journal already holds.
public enum JournalMode: String, Sendable, Hashable, Codable, CaseIterable {
  /// A finished call is taken from the journal, a new one is made and written there: the default.
  case use
  /// Only the journal may answer: a miss is a configuration failure and nothing is paid.
  case require
  /// Every call is made anew and its result replaces the old one.
  case refresh
  /// No journal at all: a crash pays again.
  case off
}
