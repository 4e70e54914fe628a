/// How outputs and acknowledgements are joined.
public enum ProcessingGuarantee: String, Sendable, Hashable, Codable, CaseIterable {
  /// Outputs, dead letters and acknowledgements in one transaction: visible together or not at all.
  case exactlyOnce = "exactly-once"
  /// Outputs are acknowledged by the broker first, then the records: a crash in between writes outputs again.
  case atLeastOnce = "at-least-once"
}
