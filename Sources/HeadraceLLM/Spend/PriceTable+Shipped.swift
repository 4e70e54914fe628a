internal import HeadraceCore

extension PriceTable {
  /// List prices of the models that the environment's defaults name, in USD for a million tokens. Prices change: an
  /// operator who budgets keeps a table of their own.
  public static let shipped = PriceTable(
    version: "shipped-2026-11",
    entries: [
      line("openai", "o1*", input: 15, cached: 7.5, output: 60),
      line("openai", "o3*", input: 2, cached: 0.5, output: 8),
      line("openai", "o4-mini*", input: 1.1, cached: 0.275, output: 4.4),
      line("openai", "gpt-5*", input: 1.25, cached: 0.125, output: 10),
      line("openai", "gpt-5-mini*", input: 0.25, cached: 0.025, output: 2),
      line("openai", "gpt-4o*", input: 2.5, cached: 1.25, output: 10),
      line("openai", "gpt-4o-mini*", input: 0.15, cached: 0.075, output: 0.6),
      line("openai", "text-embedding-3-small*", input: 0.02, cached: 0.02, output: 0),
      line("openai", "text-embedding-3-large*", input: 0.13, cached: 0.13, output: 0),
      line("anthropic", "claude-opus*", input: 15, cached: 1.5, write: 18.75, output: 75),
      line("anthropic", "claude-sonnet*", input: 3, cached: 0.3, write: 3.75, output: 15),
      line("anthropic", "claude-3-5-sonnet*", input: 3, cached: 0.3, write: 3.75, output: 15),
      line("anthropic", "claude-haiku*", input: 1, cached: 0.1, write: 1.25, output: 5),
      line("anthropic", "claude-3-5-haiku*", input: 0.8, cached: 0.08, write: 1, output: 4),
      line("gemini", "gemini-2.5-pro*", input: 1.25, cached: 0.31, output: 10),
      line("gemini", "gemini-2.5-flash*", input: 0.3, cached: 0.075, output: 2.5),
      line("gemini", "gemini-2.0-flash*", input: 0.1, cached: 0.025, output: 0.4),
    ])

  private static func line(
    _ provider: String, _ model: String, input: Double, cached: Double, write: Double? = nil, output: Double
  ) -> Entry {
    func money(_ amount: Double) -> Money { Money(nanos: Int64((amount * 1e9).rounded())) }
    return Entry(
      provider: provider, model: model,
      price: ModelPrice(
        input: money(input), output: money(output), cachedInput: money(cached), cacheWrite: write.map(money)))
  }
}
