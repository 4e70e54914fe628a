/// What a call used. Tokens as the provider counts them.
public struct CallUsage: Sendable, Hashable, Codable {
  /// Tokens read, cached ones included.
  public var inputTokens: Int
  /// Of these, tokens that came from the provider's cache.
  public var cachedTokens: Int
  /// Tokens written, reasoning included.
  public var outputTokens: Int
  /// Of these, tokens spent on reasoning.
  public var reasoningTokens: Int
  /// What it cost, when a price is known.
  public var cost: Money?

  /// Makes a usage.
  public init(
    inputTokens: Int = 0, cachedTokens: Int = 0, outputTokens: Int = 0, reasoningTokens: Int = 0, cost: Money? = nil
  ) {
    self.inputTokens = inputTokens
    self.cachedTokens = cachedTokens
    self.outputTokens = outputTokens
    self.reasoningTokens = reasoningTokens
    self.cost = cost
  }
}
