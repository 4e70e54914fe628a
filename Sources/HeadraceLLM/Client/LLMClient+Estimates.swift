public import HeadraceCore

extension LLMClient {
  /// What a call would cost with so many tokens, at the model that would be asked now; nothing where no price is known.
  public func estimatedCost(
    of request: ChatRequest, inputTokens: Int, outputTokens: ClosedRange<Int>
  ) -> (least: Money, most: Money) {
    guard let explanation = try? explain(request),
      let price = configuration.prices.price(
        provider: explanation.provider, model: explanation.model, on: Self.today())
    else { return (Money(nanos: 0), Money(nanos: 0)) }
    return (
      price.bound(inputTokens: inputTokens, outputTokens: outputTokens.lowerBound),
      price.bound(inputTokens: inputTokens, outputTokens: outputTokens.upperBound)
    )
  }
}
