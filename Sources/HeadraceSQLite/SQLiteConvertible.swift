public import FoundationEssentials

/// A type that a column can be read as.
public protocol SQLiteConvertible {
  /// The value in this type, or nil where it does not fit.
  init?(sqliteValue: SQLiteValue)
}

extension Int64: SQLiteConvertible {
  /// From an integer.
  public init?(sqliteValue: SQLiteValue) {
    guard case .integer(let value) = sqliteValue else { return nil }
    self = value
  }
}

extension Int: SQLiteConvertible {
  /// From an integer.
  public init?(sqliteValue: SQLiteValue) {
    guard case .integer(let value) = sqliteValue else { return nil }
    self.init(exactly: value)
  }
}

extension Int32: SQLiteConvertible {
  /// From an integer that fits.
  public init?(sqliteValue: SQLiteValue) {
    guard case .integer(let value) = sqliteValue else { return nil }
    self.init(exactly: value)
  }
}

extension Bool: SQLiteConvertible {
  /// From an integer; everything but 0 is true.
  public init?(sqliteValue: SQLiteValue) {
    guard case .integer(let value) = sqliteValue else { return nil }
    self = value != 0
  }
}

extension Double: SQLiteConvertible {
  /// From a real number or an integer.
  public init?(sqliteValue: SQLiteValue) {
    switch sqliteValue {
    case .real(let value): self = value
    case .integer(let value): self = Double(value)
    default: return nil
    }
  }
}

extension String: SQLiteConvertible {
  /// From text.
  public init?(sqliteValue: SQLiteValue) {
    guard case .text(let value) = sqliteValue else { return nil }
    self = value
  }
}

extension [UInt8]: SQLiteConvertible {
  /// From a blob.
  public init?(sqliteValue: SQLiteValue) {
    guard case .blob(let value) = sqliteValue else { return nil }
    self = value
  }
}

extension Data: SQLiteConvertible {
  /// From a blob.
  public init?(sqliteValue: SQLiteValue) {
    guard case .blob(let value) = sqliteValue else { return nil }
    self = Data(value)
  }
}

extension Date: SQLiteConvertible {
  /// From whole milliseconds since 1970.
  public init?(sqliteValue: SQLiteValue) {
    guard case .integer(let value) = sqliteValue else { return nil }
    self = Date(timeIntervalSince1970: Double(value) / 1000)
  }
}

extension UUID: SQLiteConvertible {
  /// From text.
  public init?(sqliteValue: SQLiteValue) {
    guard case .text(let value) = sqliteValue else { return nil }
    self.init(uuidString: value)
  }
}

extension Optional: SQLiteConvertible where Wrapped: SQLiteConvertible {
  /// Nil from null, else the value.
  public init?(sqliteValue: SQLiteValue) {
    if sqliteValue == .null {
      self = nil
    } else if let value = Wrapped(sqliteValue: sqliteValue) {
      self = value
    } else {
      return nil
    }
  }
}
