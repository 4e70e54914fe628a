internal import CSQLite

/// A prepared statement of one connection, used on its thread.
@safe final class SQLiteStatement {
  let sql: String
  /// True between the first step and the reset.
  private(set) var isBusy = false
  /// Column names to indices, made at the first row that is decoded.
  private(set) lazy var columns: [String: Int] = {
    var columns: [String: Int] = [:]
    for index in 0..<columnCount { columns[name(of: index)] = index }
    return columns
  }()

  private let pointer: OpaquePointer
  private let connection: OpaquePointer
  private var isFinalized = false

  init(_ pointer: OpaquePointer, sql: String, connection: OpaquePointer) {
    unsafe self.pointer = pointer
    self.sql = sql
    unsafe self.connection = connection
  }

  deinit {
    finalize()
  }

  func finalize() {
    guard !isFinalized else { return }
    isFinalized = true
    unsafe sqlite3_finalize(pointer)
  }

  func bind(_ arguments: [SQLiteValue]) throws {
    guard unsafe Int(sqlite3_bind_parameter_count(pointer)) == arguments.count else {
      throw SQLiteError(
        code: .misuse, extendedCode: SQLITE_RANGE,
        message: "\(arguments.count) arguments for \(unsafe sqlite3_bind_parameter_count(pointer)) parameters",
        statement: sql)
    }
    for (number, argument) in arguments.enumerated() {
      let index = Int32(number + 1)
      let result: Int32 =
        switch argument {
        case .null: unsafe sqlite3_bind_null(pointer, index)
        case .integer(let value): unsafe sqlite3_bind_int64(pointer, index, value)
        case .real(let value): unsafe sqlite3_bind_double(pointer, index, value)
        case .text(let value): bind(text: value, at: index)
        case .blob(let value): bind(blob: value, at: index)
        }
      guard result == SQLITE_OK else { throw error(result) }
    }
  }

  /// True when there is a row.
  func step() throws -> Bool {
    isBusy = true
    let result = unsafe sqlite3_step(pointer)
    switch result {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw error(result)
    }
  }

  func reset() {
    isBusy = false
    unsafe sqlite3_reset(pointer)
    unsafe sqlite3_clear_bindings(pointer)
  }

  // MARK: Columns

  var columnCount: Int { unsafe Int(sqlite3_column_count(pointer)) }

  func name(of index: Int) -> String {
    unsafe String(cString: sqlite3_column_name(pointer, Int32(index)))
  }

  func value(at index: Int) -> SQLiteValue {
    let column = Int32(index)
    switch unsafe sqlite3_column_type(pointer, column) {
    case SQLITE_INTEGER: return .integer(unsafe sqlite3_column_int64(pointer, column))
    case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(pointer, column))
    case SQLITE_TEXT:
      // The pointer comes before the length: the conversion to UTF-8 may move the bytes.
      let bytes = unsafe sqlite3_column_text(pointer, column)
      let count = unsafe Int(sqlite3_column_bytes(pointer, column))
      return .text(unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
    case SQLITE_BLOB:
      let bytes = unsafe sqlite3_column_blob(pointer, column)
      let count = unsafe Int(sqlite3_column_bytes(pointer, column))
      return .blob(unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
    default: return .null
    }
  }

  // MARK: Helpers

  /// SQLite copies the bytes before the call returns (`SQLITE_TRANSIENT`).
  private func bind(text: String, at index: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      unsafe sqlite3_bind_text64(
        pointer, index,
        UnsafeRawPointer(bytes.baseAddress ?? SQLiteStatement.nothing).assumingMemoryBound(to: CChar.self),
        UInt64(bytes.count), SQLiteStatement.transient, UInt8(SQLITE_UTF8))
    }
  }

  private func bind(blob: [UInt8], at index: Int32) -> Int32 {
    unsafe blob.withUnsafeBytes { bytes in
      unsafe sqlite3_bind_blob64(
        pointer, index, bytes.baseAddress ?? UnsafeRawPointer(SQLiteStatement.nothing), UInt64(bytes.count),
        SQLiteStatement.transient)
    }
  }

  private func error(_ result: Int32) -> SQLiteError {
    SQLiteError(result: result, message: unsafe String(cString: sqlite3_errmsg(connection)), statement: sql)
  }

  private static var transient: sqlite3_destructor_type {
    unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
  }

  /// An address for values of no bytes: a null pointer would bind NULL.
  private static var nothing: UnsafePointer<UInt8> { unsafe UnsafePointer(bitPattern: 1)! }
}
