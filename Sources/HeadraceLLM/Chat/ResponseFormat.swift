public import HeadraceCore

/// The form of the answer.
public enum ResponseFormat: Sendable, Hashable {
  /// Free text.
  case text
  /// JSON by a JSON Schema. The provider is asked to keep to it, the answer is validated here in any case, and an
  /// invalid one is repaired once by telling the model what is wrong.
  case json(name: String, schema: JSONValue)
}

/// How much a reasoning model thinks.
public enum ReasoningEffort: String, Sendable, Hashable, Codable {
  /// As little as it can.
  case low
  /// Its usual measure.
  case medium
  /// As much as it can.
  case high
}

/// Who goes first when permits are short.
public enum CallPriority: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// Replays and batches.
  case background = 0
  /// Live processing.
  case normal = 1
  /// A person waits.
  case interactive = 2

  /// By urgency.
  public static func < (left: CallPriority, right: CallPriority) -> Bool { left.rawValue < right.rawValue }
}

/// Whether an answer may come from memory.
public enum CacheUse: Sendable, Hashable {
  /// Only for requests with temperature 0 and without tools.
  case whereRepeatable
  /// Always.
  case always
  /// Never, neither read nor written.
  case never
}

/// What happens to an answer whose stream broke in the middle.
public enum PartialAnswerPolicy: Sendable, Hashable {
  /// It is asked again, as another attempt. The default.
  case restart
  /// It is returned with ``FinishReason/partial``; only for text.
  case keep
}
