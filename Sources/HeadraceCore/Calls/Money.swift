/// An amount in a currency, exact to a billionth: token prices are that small. JSON: `{"amount":"0.0123","currency":"USD"}`.
public struct Money: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Billionths of the currency's unit.
  public var nanos: Int64
  /// ISO 4217.
  public var currency: String

  /// Makes an amount.
  public init(nanos: Int64, currency: String = "USD") {
    self.nanos = nanos
    self.currency = currency
  }

  /// Reads a decimal such as `0.0123`; nil when `amount` is none, or has more than nine decimals, or is out of range.
  public init?(amount: String, currency: String = "USD") {
    let isNegative = amount.hasPrefix("-")
    let parts = amount.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let units = Int64(parts[0]), units >= 0, parts[0].first != "+" else {
      return nil
    }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard (1...9).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let digits = Int64(parts[1] + String(repeating: "0", count: 9 - parts[1].utf8.count))
      else { return nil }
      fraction = digits
    }
    let (product, overflow) = units.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowSum) = product.addingReportingOverflow(fraction)
    guard !overflow, !overflowSum else { return nil }
    self.init(nanos: isNegative ? -sum : sum, currency: currency)
  }

  /// The amount as a decimal without trailing zeros.
  public var amount: String {
    let (units, fraction) = nanos.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
    var digits = String(fraction)
    digits = String(repeating: "0", count: 9 - digits.utf8.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return (nanos < 0 ? "-" : "") + String(units) + (digits.isEmpty ? "" : ".\(digits)")
  }

  /// E.g. `0.0123 USD`.
  public var description: String { "\(amount) \(currency)" }

  private enum CodingKeys: String, CodingKey { case amount, currency }

  /// Reads `{"amount":"0.0123","currency":"USD"}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let text = try container.decode(String.self, forKey: .amount)
    guard let money = Money(amount: text, currency: try container.decode(String.self, forKey: .currency)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .amount, in: container, debugDescription: "an amount is a decimal string, not \"\(text)\"")
    }
    self = money
  }

  /// Writes `{"amount":"0.0123","currency":"USD"}`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(amount, forKey: .amount)
    try container.encode(currency, forKey: .currency)
  }
}
