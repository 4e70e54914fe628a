/// A value in a column or for a parameter: one of SQLite's five storage classes.
public enum SQLiteValue: Sendable, Hashable {
  /// No value.
  case null
  /// A whole number of up to 64 bits.
  case integer(Int64)
  /// A floating-point number.
  case real(Double)
  /// UTF-8 text.
  case text(String)
  /// Bytes.
  case blob([UInt8])

  /// An integer, or null.
  public static func integer(_ value: Int64?) -> SQLiteValue { value.map { .integer($0) } ?? .null }
  /// Text, or null.
  public static func text(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }
  /// Bytes, or null.
  public static func blob(_ value: [UInt8]?) -> SQLiteValue { value.map { .blob($0) } ?? .null }

  var kind: String {
    switch self {
    case .null: "NULL"
    case .integer: "an integer"
    case .real: "a real number"
    case .text: "text"
    case .blob: "a blob"
    }
  }
}

extension SQLiteValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByNilLiteral, ExpressibleByBooleanLiteral
{
  /// Text.
  public init(stringLiteral value: String) { self = .text(value) }
  /// An integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A real number.
  public init(floatLiteral value: Double) { self = .real(value) }
  /// No value.
  public init(nilLiteral: ()) { self = .null }
  /// 1 or 0.
  public init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }
}
