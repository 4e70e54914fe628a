public import HeadraceCore

/// What a million tokens of a model cost.
public struct ModelPrice: Sendable, Hashable {
  /// Input that was not cached.
  public var input: Money
  /// Input read from the provider's cache.
  public var cachedInput: Money
  /// Input written to the provider's cache.
  public var cacheWrite: Money
  /// Output.
  public var output: Money
  /// Reasoning, where it has a price of its own.
  public var reasoning: Money

  /// Makes a price; what is missing costs what its kind usually costs: cached and written input as input, reasoning as
  /// output.
  public init(
    input: Money, output: Money, cachedInput: Money? = nil, cacheWrite: Money? = nil, reasoning: Money? = nil
  ) {
    self.input = input
    self.output = output
    self.cachedInput = cachedInput ?? input
    self.cacheWrite = cacheWrite ?? input
    self.reasoning = reasoning ?? output
  }

  /// The cost of an exchange, rounded up to a billionth so that no sum of many is ever below the bill.
  package func cost(of tokens: TokenCount) -> Money {
    let plain = max(0, tokens.input - tokens.cached - tokens.cacheWrite)
    let answer = max(0, tokens.output - tokens.reasoning)
    var millionths = Int128(plain) * Int128(input.nanos)
    millionths += Int128(tokens.cached) * Int128(cachedInput.nanos)
    millionths += Int128(tokens.cacheWrite) * Int128(cacheWrite.nanos)
    millionths += Int128(answer) * Int128(output.nanos)
    millionths += Int128(tokens.reasoning) * Int128(reasoning.nanos)
    return Money(nanos: Int64(clamping: (millionths + 999_999) / 1_000_000), currency: input.currency)
  }

  /// The most that an exchange with these bounds can cost.
  package func bound(inputTokens: Int, outputTokens: Int) -> Money {
    let dearestInput = max(input.nanos, cachedInput.nanos, cacheWrite.nanos)
    let dearestOutput = max(output.nanos, reasoning.nanos)
    let sum = Int128(inputTokens) * Int128(dearestInput) + Int128(outputTokens) * Int128(dearestOutput)
    return Money(nanos: Int64(clamping: (sum + 999_999) / 1_000_000), currency: input.currency)
  }
}
