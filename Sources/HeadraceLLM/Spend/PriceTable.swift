internal import HeadraceCore

/// Prices by provider and model, with a version that every bill names.
///
/// As a file (JSON): amounts are decimal strings for a million tokens; a model's name may end in `*`, the longest match
/// counts; provider `*` is any.
///
/// ```json
/// {"version": "2026-11-01", "currency": "USD", "prices": [
///   {"provider": "openai", "model": "o1*", "input": "15", "cachedInput": "7.5", "output": "60", "from": "2024-12-17"}]}
/// ```
public struct PriceTable: Sendable, Hashable {
  /// One line of the table.
  public struct Entry: Sendable, Hashable {
    /// Provider's name, or `*`.
    public var provider: String
    /// Model's name, possibly with `*` at its end.
    public var model: String
    /// What it costs.
    public var price: ModelPrice
    /// The first day it holds, `2026-01-31`; empty: always. Of several the latest that has begun counts.
    public var from: String

    /// Makes a line.
    public init(provider: String, model: String, price: ModelPrice, from: String = "") {
      self.provider = provider
      self.model = model
      self.price = price
      self.from = from
    }
  }

  /// Its version: a date, by custom.
  public var version: String
  /// The lines.
  public var entries: [Entry]

  /// Makes a table.
  public init(version: String, entries: [Entry]) {
    self.version = version
    self.entries = entries
  }

  /// Reads the file's form.
  ///
  /// - Throws: ``LLMError`` of code `invalidRequest` that names the wrong line.
  public init(parsing bytes: [UInt8]) throws {
    func wrong(_ what: String) -> LLMError { LLMError(.invalidRequest, "price table: \(what)") }
    let table: JSONValue
    do {
      table = try JSONValue(parsing: bytes)
    } catch {
      throw wrong("\(error)")
    }
    guard let version = table["version"]?.string, !version.isEmpty else { throw wrong("it has no version") }
    guard let lines = table["prices"]?.array else { throw wrong("it has no prices") }
    let currency = table["currency"]?.string ?? "USD"
    var entries: [Entry] = []
    for (index, line) in lines.enumerated() {
      func money(_ name: String) throws -> Money? {
        guard let value = line[name] else { return nil }
        guard let text = value.string, let money = Money(amount: text, currency: currency), money.nanos >= 0 else {
          throw wrong("line \(index + 1): \(name) is not a decimal string")
        }
        return money
      }
      guard let provider = line["provider"]?.string, let model = line["model"]?.string,
        let input = try money("input"), let output = try money("output")
      else { throw wrong("line \(index + 1) needs provider, model, input and output") }
      let price = ModelPrice(
        input: input, output: output, cachedInput: try money("cachedInput"), cacheWrite: try money("cacheWrite"),
        reasoning: try money("reasoning"))
      entries.append(Entry(provider: provider, model: model, price: price, from: line["from"]?.string ?? ""))
    }
    self.init(version: version, entries: entries)
  }

  /// The price of a model on a day (`2026-01-31`; empty: today is not asked, the latest line counts); `nil` when the
  /// table has none.
  public func price(provider: String, model: String, on day: String = "") -> ModelPrice? {
    var best: (rank: Int, from: String, price: ModelPrice)?
    for entry in entries {
      guard entry.provider == "*" || entry.provider == provider else { continue }
      guard day.isEmpty || entry.from.isEmpty || entry.from <= day else { continue }
      let rank: Int
      if entry.model.hasSuffix("*") {
        guard model.hasPrefix(entry.model.dropLast()) else { continue }
        rank = entry.model.utf8.count * 2
      } else {
        guard model == entry.model else { continue }
        rank = 1_000_000
      }
      let exact = rank + (entry.provider == "*" ? 0 : 1)
      if let known = best, (known.rank, known.from) >= (exact, entry.from) { continue }
      best = (exact, entry.from, entry.price)
    }
    return best?.price
  }
}
