import FoundationEssentials
import HeadraceCore
import HeadraceSQLite
import Testing

@Suite("SQLite database", .timeLimit(.minutes(1)))
struct SQLiteDatabaseTests {
  private let people = SQLiteMigration(
    "people", "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, photo BLOB, born INTEGER) STRICT"
  )

  @Test func rowsComeBackAsTheyWent() async throws {
    struct Person: Codable, Equatable, Sendable {
      var id: Int
      var name: String
      var photo: Data?
      var born: Date?
    }
    let database = try await SQLiteDatabase.open(path: ":memory:", migrations: [people])
    try await database.write { connection in
      try connection.execute(
        "INSERT INTO person VALUES (?, ?, ?, ?)",
        [1, "Ada \u{0} Ω", .blob([0, 1, 255]), .integer(Int64(-4_831_920_000_123))])
      try connection.execute("INSERT INTO person VALUES (?, ?, ?, ?)", [2, "", .blob([]), nil])
    }
    let rows = try await database.read { try $0.rows("SELECT * FROM person ORDER BY id", as: Person.self) }
    #expect(
      rows == [
        Person(
          id: 1, name: "Ada \u{0} Ω", photo: Data([0, 1, 255]), born: Date(timeIntervalSince1970: -4_831_920_000.123)),
        Person(id: 2, name: "", photo: Data(), born: nil),
      ])
    let none = try await database.read { try $0.row("SELECT * FROM person WHERE id = 3", as: Person.self) }
    #expect(none == nil)
    #expect(
      try await database.read { try $0.values("SELECT name FROM person ORDER BY id", as: String.self) }.count == 2)
    await database.close()
  }

  @Test func aTransactionIsAllOrNothing() async throws {
    let database = try await SQLiteDatabase.open(path: ":memory:", migrations: [people])
    struct Stop: Error {}
    await #expect(throws: Stop.self) {
      try await database.write { connection in
        try connection.execute("INSERT INTO person (name) VALUES ('a')")
        throw Stop()
      }
    }
    let error = await #expect(throws: SQLiteError.self) {
      try await database.write { connection in
        try connection.execute("INSERT INTO person (name) VALUES ('b')")
        try connection.execute("INSERT INTO person (name) VALUES ('b')")
      }
    }
    #expect(error?.code == .constraint)
    #expect(error?.failureClass == .bug)
    #expect(try await database.read { try $0.value("SELECT count(*) FROM person", as: Int.self) } == 0)
    await database.close()
  }

  @Test func readersSeeCommittedStateWhileTheWriterWrites() async throws {
    let folder = try TemporaryFolder()
    let database = try await SQLiteDatabase.open(path: folder.path + "/a.sqlite", migrations: [people])
    try await database.write { try $0.execute("INSERT INTO person (name) VALUES ('first')") }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for number in 0..<200 {
          try await database.write { connection in
            try connection.execute("INSERT INTO person (name) VALUES (?)", [.text("a\(number)")])
            try connection.execute("INSERT INTO person (name) VALUES (?)", [.text("b\(number)")])
          }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<100 {
            let count = try await database.read { try $0.value("SELECT count(*) FROM person", as: Int.self) ?? 0 }
            #expect(count % 2 == 1)
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await database.read { try $0.value("SELECT count(*) FROM person", as: Int.self) } == 401)
    await database.close()
    let error = await #expect(throws: SQLiteError.self) { try await database.read { _ in } }
    #expect(error?.code == .closed)
  }

  @Test func migrationsRunOnceAndANewerFileIsRefused() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.sqlite"
    let second = SQLiteMigration("nickname", "ALTER TABLE person ADD COLUMN nickname TEXT")
    var database = try await SQLiteDatabase.open(path: path, migrations: [people])
    try await database.write { try $0.execute("INSERT INTO person (name) VALUES ('kept')") }
    await database.close()
    for _ in 0..<2 {
      database = try await SQLiteDatabase.open(path: path, migrations: [people, second])
      #expect(try await database.read { try $0.value("SELECT name FROM person", as: String.self) } == "kept")
      #expect(try await database.read { try $0.value("SELECT nickname FROM person", as: String.self) } == nil)
      await database.close()
    }
    let newer = await #expect(throws: SQLiteError.self) {
      try await SQLiteDatabase.open(path: path, migrations: [people])
    }
    #expect(newer?.code == .newerFormat)
    let broken = await #expect(throws: SQLiteError.self) {
      try await SQLiteDatabase.open(
        path: path, migrations: [people, second, SQLiteMigration("broken", "CREATE NONSENSE")])
    }
    #expect(broken?.message.contains("broken") == true)
    database = try await SQLiteDatabase.open(path: path, migrations: [people, second])
    await database.close()
  }

  @Test func wrongUseSaysWhatIsWrong() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/not-a-database"
    try Data(repeating: 7, count: 9000).write(to: URL(filePath: path))
    let damaged = await #expect(throws: SQLiteError.self) { try await SQLiteDatabase.open(path: path) }
    #expect(damaged?.code == .corrupt)
    let missing = await #expect(throws: SQLiteError.self) {
      try await SQLiteDatabase.open(path: folder.path + "/no/such/folder/a.sqlite")
    }
    #expect(missing?.code == .cannotOpen)

    let database = try await SQLiteDatabase.open(path: ":memory:", migrations: [people])
    let syntax = await #expect(throws: SQLiteError.self) { try await database.read { _ = try $0.execute("SELEKT 1") } }
    #expect(syntax?.code == .misuse)
    let count = await #expect(throws: SQLiteError.self) {
      try await database.write { _ = try $0.execute("INSERT INTO person (name) VALUES (?)", ["a", "b"]) }
    }
    #expect(count?.message == "2 arguments for 1 parameters")
    let type = await #expect(throws: SQLiteError.self) {
      try await database.read { try $0.value("SELECT 'a'", as: Int.self) }
    }
    #expect(type?.code == .mismatch)
    await database.close()
  }

  @Test func aFullDiskUndoesTheTransactionAndLaterWritesSucceed() async throws {
    let folder = try TemporaryFolder()
    let database = try await SQLiteDatabase.open(path: folder.path + "/a.sqlite", migrations: [people])
    try await database.withoutTransaction { try $0.executeScript("PRAGMA max_page_count = 20") }
    let full = await #expect(throws: SQLiteError.self) {
      try await database.write { connection in
        for number in 0..<100 {
          try connection.execute(
            "INSERT INTO person (name, photo) VALUES (?, ?)",
            [.text("\(number)"), .blob([UInt8](repeating: 1, count: 8000))])
        }
      }
    }
    #expect(full?.code == .full)
    #expect(full?.failureClass == .transient)
    try await database.withoutTransaction { try $0.executeScript("PRAGMA max_page_count = 10000") }
    try await database.write { try $0.execute("INSERT INTO person (name) VALUES ('after')") }
    #expect(try await database.read { try $0.value("SELECT count(*) FROM person", as: Int.self) } == 1)
    await database.close()
  }

  @Test func aStatementCanBeUsedInsideItsOwnLoop() async throws {
    let database = try await SQLiteDatabase.open(path: ":memory:", migrations: [people])
    try await database.write { connection in
      for name in ["a", "b", "c"] { try connection.execute("INSERT INTO person (name) VALUES (?)", [.text(name)]) }
    }
    let pairs = try await database.read { connection in
      var pairs: [String] = []
      let query = "SELECT name FROM person ORDER BY name"
      try connection.forEachRow(query) { outer in
        let left: String = try outer.value(at: 0)
        try connection.forEachRow(query) { inner in pairs.append(left + (try inner.value(at: 0, as: String.self))) }
      }
      return pairs
    }
    #expect(pairs == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"])
    await database.close()
  }
}

/// A folder that goes away with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path() + "headrace-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
