/// One step that brings a database file from one form to the next.
///
/// A file remembers how many steps it has seen (SQLite's `user_version`), so steps are only ever added at the end.
public struct SQLiteMigration: Sendable {
  /// What the step is for, in error messages.
  public let name: String

  private let apply: @Sendable (SQLiteConnection) throws -> Void

  /// A step written in SQL.
  ///
  /// - Parameters:
  ///   - name: What the step is for.
  ///   - script: Statements separated by semicolons.
  public init(_ name: String, _ script: String) {
    self.init(name) { try $0.executeScript(script) }
  }

  /// A step written in Swift.
  public init(_ name: String, apply: @escaping @Sendable (SQLiteConnection) throws -> Void) {
    self.name = name
    self.apply = apply
  }

  /// Runs the steps that the file has not seen, each in a transaction with its mark.
  static func apply(_ migrations: [SQLiteMigration], to connection: SQLiteConnection) throws {
    guard !migrations.isEmpty else { return }
    let seen = try Int(connection.value("PRAGMA user_version", as: Int64.self) ?? 0)
    guard seen <= migrations.count else {
      throw SQLiteError(
        code: .newerFormat, extendedCode: 0,
        message:
          "The file has seen \(seen) migrations and this release knows \(migrations.count): use a newer release.",
        statement: nil)
    }
    for (number, migration) in migrations.enumerated().dropFirst(seen) {
      try connection.transaction(.immediate) {
        // Another process may have opened the file at the same time and made this step meanwhile.
        guard try Int(connection.value("PRAGMA user_version", as: Int64.self) ?? 0) <= number else { return }
        do {
          try migration.apply(connection)
        } catch let error as SQLiteError {
          throw SQLiteError(
            code: error.code, extendedCode: error.extendedCode,
            message: "Migration \"\(migration.name)\": \(error.message)", statement: error.statement)
        }
        try connection.executeScript("PRAGMA user_version = \(number + 1)")
      }
    }
  }
}
