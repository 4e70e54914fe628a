/// The current row of a query, valid inside the closure it was given to.
public struct SQLiteRow {
  let statement: SQLiteStatement

  /// The number of columns.
  public var count: Int { statement.columnCount }

  /// The value of a column, counted from 0.
  public subscript(index: Int) -> SQLiteValue { statement.value(at: index) }

  /// The value of a column by name; null where there is no such column.
  public subscript(name: String) -> SQLiteValue { statement.columns[name].map { statement.value(at: $0) } ?? .null }

  /// A column, converted.
  ///
  /// - Throws: ``SQLiteError`` with code ``SQLiteError/Code/mismatch`` when the column holds another type.
  public func value<Value: SQLiteConvertible>(at index: Int, as type: Value.Type = Value.self) throws -> Value {
    let value = statement.value(at: index)
    guard let converted = Value(sqliteValue: value) else {
      throw SQLiteError(
        code: .mismatch, extendedCode: 0,
        message: "Column \(statement.name(of: index)) is \(value.kind), not \(Value.self).", statement: statement.sql)
    }
    return converted
  }

  /// The whole row as a `Decodable` type, its coding keys being column names.
  ///
  /// Booleans are integers; dates are whole milliseconds since 1970; UUIDs are text; `[UInt8]` and `Data` are blobs.
  public func decode<Row: Decodable>(_ type: Row.Type) throws -> Row {
    try Row(from: SQLiteRowDecoder(row: self))
  }
}
