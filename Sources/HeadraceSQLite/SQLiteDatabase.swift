internal import HeadraceCore
internal import Synchronization

/// A database file: one connection that writes and a few that read, each on a thread of its own.
///
/// The file is kept in write-ahead mode, so readers see the last committed state and never wait for the writer. All
/// work is done inside the closures given to ``read(_:)`` and ``write(_:)``: they run on the connection's thread, so
/// nothing here ever blocks Swift's cooperative pool. Safe to use from any task.
///
/// ```swift
/// let database = try await SQLiteDatabase.open(path: "view.sqlite", migrations: [
///   SQLiteMigration("people", "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
/// ])
/// try await database.write { try $0.execute("INSERT INTO person (name) VALUES (?)", ["Ada"]) }
/// let names = try await database.read { try $0.values("SELECT name FROM person", as: String.self) }
/// await database.close()
/// ```
public final class SQLiteDatabase: Sendable {
  /// The file's path, or `:memory:`.
  public let path: String

  private let writer: SQLiteWorker
  private let readers: [SQLiteWorker]
  private let nextReader = Atomic<Int>(0)

  private init(path: String, writer: SQLiteWorker, readers: [SQLiteWorker]) {
    self.path = path
    self.writer = writer
    self.readers = readers
  }

  /// Opens the file, creates it where it is missing, and brings its tables up to date.
  ///
  /// - Parameters:
  ///   - path: The file's path. `:memory:` keeps everything in memory, on one connection.
  ///   - configuration: Time-outs, durability and the number of readers.
  ///   - migrations: All steps ever made, oldest first. Those the file has not seen run now, each in a transaction.
  /// - Throws: ``SQLiteError`` when the file cannot be opened, is no database, or was written by a newer release.
  public static func open(
    path: String, configuration: SQLiteConfiguration = SQLiteConfiguration(), migrations: [SQLiteMigration] = []
  ) async throws -> SQLiteDatabase {
    let writer = SQLiteWorker(label: "sqlite-writer")
    var readers: [SQLiteWorker] = []
    do {
      try await writer.open(path: path, configuration: configuration, readOnly: false)
      try await writer.perform { try SQLiteMigration.apply(migrations, to: $0) }
      if path != ":memory:" {
        for number in 0..<max(0, configuration.readerCount) {
          let reader = SQLiteWorker(label: "sqlite-reader-\(number)")
          readers.append(reader)
          try await reader.open(path: path, configuration: configuration, readOnly: true)
        }
      }
    } catch {
      for worker in readers + [writer] { await worker.close() }
      throw error
    }
    return SQLiteDatabase(path: path, writer: writer, readers: readers)
  }

  /// Reads from one committed state: everything the closure reads belongs together.
  ///
  /// - Parameter body: Runs on a reader's thread, inside a transaction. It must not keep the connection.
  /// - Throws: What the closure throws; ``SQLiteError`` with code ``SQLiteError/Code/closed`` after ``close()``.
  public func read<Result: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws -> Result
  ) async throws -> Result {
    guard !readers.isEmpty else { return try await writer.perform(body) }
    let number = nextReader.wrappingAdd(1, ordering: .relaxed).oldValue
    let reader = readers[Int(UInt(bitPattern: number) % UInt(readers.count))]
    return try await reader.perform { connection in try connection.transaction(.deferred) { try body(connection) } }
  }

  /// Changes the database in one transaction: all of it or, when the closure throws, nothing.
  ///
  /// - Parameter body: Runs on the writer's thread, one at a time. It must not keep the connection.
  /// - Throws: What the closure throws; ``SQLiteError`` from the commit, ``SQLiteError/Code/full`` when the disk is full.
  @discardableResult
  public func write<Result: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws -> Result
  ) async throws -> Result {
    try await writer.perform { connection in try connection.transaction(.immediate) { try body(connection) } }
  }

  /// Runs the closure on the writer's connection with no transaction around it: for pragmas, `VACUUM`, checkpoints.
  public func withoutTransaction<Result: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws -> Result
  ) async throws -> Result {
    try await writer.perform(body)
  }

  /// Closes every connection, after the work given so far. What comes later throws ``SQLiteError/Code/closed``.
  public func close() async {
    for reader in readers { await reader.close() }
    await writer.close()
  }
}
