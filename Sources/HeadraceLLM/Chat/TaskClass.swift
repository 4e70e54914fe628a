/// The kind of work a request is, for which models differ in quality.
public enum TaskClass: String, Sendable, Hashable, Codable, CaseIterable {
  /// Deep reasoning and mathematics.
  case reasoning
  /// Shortening a text.
  case summary
  /// Casual conversation.
  case chat
  /// Writing or reading programs.
  case code
  /// Fields out of a text.
  case extraction
  /// One of several labels for a text.
  case classification
  /// From one language into another.
  case translation
}
