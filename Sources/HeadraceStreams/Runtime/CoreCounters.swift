/// What a core has done since it began.
package struct CoreCounters: Sendable, Hashable, Codable {
  /// Records received that were to be handled or filtered.
  package var received = 0
  /// Passed over by the filter.
  package var filtered = 0
  /// Passed over because a newer record of the key was waiting.
  package var overtaken = 0
  /// Through their handler, or dead letters.
  package var finished = 0
  /// Postponed for another attempt.
  package var retried = 0
  /// Results that were dropped, since their partition was gone.
  package var dropped = 0
  /// Records acknowledged by a commit.
  package var committed = 0
  /// Commits that went through.
  package var commits = 0
  /// Commits that did not.
  package var aborts = 0
}
