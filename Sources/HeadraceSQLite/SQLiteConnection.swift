internal import CSQLite

/// An open connection, lent to the closures of ``SQLiteDatabase``.
///
/// It belongs to one thread: use it inside the closure it was given to and nowhere else. Statements are prepared once
/// and kept (up to 128 of them).
@safe public final class SQLiteConnection {
  private let handle: OpaquePointer
  private var statements: [String: SQLiteStatement] = [:]
  private var isClosed = false
  private static let maximumCachedStatements = 128

  init(path: String, configuration: SQLiteConfiguration, readOnly: Bool) throws {
    var opened: OpaquePointer?
    let flags =
      (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
      | SQLITE_OPEN_EXRESCODE
    let result = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard result == SQLITE_OK, let opened = unsafe opened else {
      let message = unsafe opened.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      unsafe sqlite3_close_v2(opened)
      throw SQLiteError(result: result, message: "\(message): \(path)", statement: nil)
    }
    unsafe handle = opened
    let (seconds, attoseconds) = configuration.busyTimeout.components
    unsafe sqlite3_busy_timeout(handle, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    do {
      try executeScript("PRAGMA cache_size = -\(max(64, configuration.cacheSize >> 10)); PRAGMA temp_store = MEMORY")
      if !readOnly {
        let synchronous = configuration.durability == .powerLoss ? "FULL" : "NORMAL"
        try executeScript(
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = \(synchronous); PRAGMA foreign_keys = ON;"
            + "PRAGMA journal_size_limit = 67108864")
      }
    } catch {
      close()
      throw error
    }
  }

  deinit {
    close()
  }

  // MARK: Statements

  /// Runs a statement that returns no rows.
  ///
  /// - Returns: The number of rows it changed.
  @discardableResult
  public func execute(_ sql: String, _ arguments: [SQLiteValue] = []) throws -> Int {
    let statement = try prepared(sql)
    defer { statement.reset() }
    try statement.bind(arguments)
    while try statement.step() {}
    return Int(unsafe sqlite3_changes64(handle))
  }

  /// Runs several statements separated by semicolons, without parameters.
  public func executeScript(_ sql: String) throws {
    let result = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw error(result, statement: sql) }
  }

  /// Calls the closure with each row, in order. The row is valid inside the closure only.
  public func forEachRow(
    _ sql: String, _ arguments: [SQLiteValue] = [], _ body: (SQLiteRow) throws -> Void
  ) throws {
    let statement = try prepared(sql)
    defer { statement.reset() }
    try statement.bind(arguments)
    while try statement.step() { try body(SQLiteRow(statement: statement)) }
  }

  /// All rows, each decoded from its columns by name.
  public func rows<Row: Decodable>(_ sql: String, _ arguments: [SQLiteValue] = [], as type: Row.Type) throws -> [Row] {
    var rows: [Row] = []
    try forEachRow(sql, arguments) { rows.append(try $0.decode(type)) }
    return rows
  }

  /// The first row, or nil.
  public func row<Row: Decodable>(_ sql: String, _ arguments: [SQLiteValue] = [], as type: Row.Type) throws -> Row? {
    let statement = try prepared(sql)
    defer { statement.reset() }
    try statement.bind(arguments)
    return try statement.step() ? try SQLiteRow(statement: statement).decode(type) : nil
  }

  /// The first column of each row.
  public func values<Value: SQLiteConvertible>(
    _ sql: String, _ arguments: [SQLiteValue] = [], as type: Value.Type
  ) throws -> [Value] {
    var values: [Value] = []
    try forEachRow(sql, arguments) { values.append(try $0.value(at: 0, as: type)) }
    return values
  }

  /// The first column of the first row; nil where there is no row or it is null.
  public func value<Value: SQLiteConvertible>(
    _ sql: String, _ arguments: [SQLiteValue] = [], as type: Value.Type
  ) throws -> Value? {
    let statement = try prepared(sql)
    defer { statement.reset() }
    try statement.bind(arguments)
    return try statement.step() ? try SQLiteRow(statement: statement).value(at: 0, as: Value?.self) : nil
  }

  // MARK: Transactions

  /// How a transaction takes its lock.
  public enum TransactionKind: String, Sendable {
    /// At the first statement: for reading.
    case deferred = "DEFERRED"
    /// At once: for writing.
    case immediate = "IMMEDIATE"
  }

  /// Runs the closure in a transaction, or within the one that is open already.
  public func transaction<Result>(_ kind: TransactionKind, _ body: () throws -> Result) throws -> Result {
    guard unsafe sqlite3_get_autocommit(handle) != 0 else { return try body() }
    try execute("BEGIN \(kind.rawValue)")
    do {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // SQLite rolls back by itself after some errors (a full disk is one of them).
      if unsafe sqlite3_get_autocommit(handle) == 0 { _ = try? execute("ROLLBACK") }
      throw error
    }
  }

  // MARK: Helpers

  func close() {
    guard !isClosed else { return }
    isClosed = true
    for statement in statements.values { statement.finalize() }
    statements = [:]
    unsafe sqlite3_close_v2(handle)
  }

  private func prepared(_ sql: String) throws -> SQLiteStatement {
    if let statement = statements[sql], !statement.isBusy { return statement }
    var pointer: OpaquePointer?
    let result = unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
    guard result == SQLITE_OK, let pointer = unsafe pointer else {
      throw error(result == SQLITE_OK ? SQLITE_MISUSE : result, statement: sql)
    }
    let statement = unsafe SQLiteStatement(pointer, sql: sql, connection: handle)
    // A statement that is being read (the same query inside its own loop) is not shared: the second one goes after use.
    if statements[sql] == nil {
      if statements.count >= Self.maximumCachedStatements, let any = statements.first(where: { !$0.value.isBusy }) {
        any.value.finalize()
        statements[any.key] = nil
      }
      statements[sql] = statement
    }
    return statement
  }

  private func error(_ result: Int32, statement: String?) -> SQLiteError {
    SQLiteError(result: result, message: unsafe String(cString: sqlite3_errmsg(handle)), statement: statement)
  }
}
