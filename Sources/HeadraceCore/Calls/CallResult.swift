public import FoundationEssentials

/// The result of a call that was paid for: what a journal keeps.
public struct CallResult: Sendable, Hashable, Codable {
  /// The answer, in the caller's own encoding (JSON).
  public var response: Data
  /// What it used.
  public var usage: CallUsage
  /// The provider that answered, e.g. `openai`.
  public var provider: String
  /// The model that answered.
  public var model: String
  /// How long the call took, in milliseconds.
  public var milliseconds: Int
  /// How many requests it took, failed ones included.
  public var attempts: Int

  /// Makes a result.
  public init(
    response: Data, usage: CallUsage = CallUsage(), provider: String = "", model: String = "", milliseconds: Int = 0,
    attempts: Int = 1
  ) {
    self.response = response
    self.usage = usage
    self.provider = provider
    self.model = model
    self.milliseconds = milliseconds
    self.attempts = attempts
  }
}
