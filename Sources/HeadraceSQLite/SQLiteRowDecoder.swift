internal import FoundationEssentials

/// Reads a `Decodable` type out of a row's columns.
struct SQLiteRowDecoder: Decoder {
  let row: SQLiteRow
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Columns(row: row))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    throw DecodingError.typeMismatch(
      [Any].self, .init(codingPath: [], debugDescription: "A row is decoded by the names of its columns."))
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    guard row.count > 0 else {
      throw DecodingError.valueNotFound(Any.self, .init(codingPath: [], debugDescription: "The row has no column."))
    }
    return SQLiteColumnDecoder(value: row[0], codingPath: [])
  }

  private struct Columns<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let row: SQLiteRow
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { row.statement.columns.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { row.statement.columns[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { row[key.stringValue] == .null }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      guard contains(key) else {
        throw DecodingError.keyNotFound(
          key, .init(codingPath: [], debugDescription: "The query returns no column \"\(key.stringValue)\"."))
      }
      return try SQLiteColumnDecoder(value: row[key.stringValue], codingPath: [key]).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
      throw nested(key)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw nested(key) }
    func superDecoder() throws -> any Decoder { SQLiteRowDecoder(row: row) }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw nested(key) }

    private func nested(_ key: Key) -> DecodingError {
      .typeMismatch([Any].self, .init(codingPath: [key], debugDescription: "A column holds one value."))
    }
  }
}
