package import HeadraceCore

/// Tokens of one exchange, in the same terms for every provider.
package struct TokenCount: Sendable, Hashable {
  /// All tokens of the input, cached ones included.
  package var input = 0
  /// Of these, read from the provider's cache.
  package var cached = 0
  /// Of these, written to the provider's cache.
  package var cacheWrite = 0
  /// All tokens of the output, reasoning included.
  package var output = 0
  /// Of these, reasoning.
  package var reasoning = 0

  package init(input: Int = 0, cached: Int = 0, cacheWrite: Int = 0, output: Int = 0, reasoning: Int = 0) {
    self.input = input
    self.cached = cached
    self.cacheWrite = cacheWrite
    self.output = output
    self.reasoning = reasoning
  }

  /// A count as a provider gives it. What no exchange can have used is cut: sums of what a server makes up must not
  /// overflow.
  package static func count(_ value: JSONValue?) -> Int? { value?.int.map { Int(min(max($0, 0), 1_000_000_000)) } }

  package func usage(cost: Money?) -> CallUsage {
    CallUsage(
      inputTokens: input, cachedTokens: cached, outputTokens: output, reasoningTokens: reasoning, cost: cost)
  }
}
