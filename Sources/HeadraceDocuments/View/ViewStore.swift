internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceSQLite

/// The view's rows and its place in the log, in one SQLite file.
final class ViewStore: Sendable {
  private let database: SQLiteDatabase

  /// How far the view has read in a partition.
  struct Position: Sendable, Hashable {
    /// The offset at which it began to read: what was before is not known.
    var start: Int64
    /// The next offset to read.
    var next: Int64
  }

  private init(database: SQLiteDatabase) {
    self.database = database
  }

  /// Opens the file; a file that is damaged is thrown away, since the log has everything.
  static func open(path: String) async throws -> ViewStore {
    do {
      return ViewStore(database: try await SQLiteDatabase.open(path: path, migrations: ViewSchema.migrations))
    } catch let error as SQLiteError where error.code == .corrupt && path != ":memory:" {
      ViewFile.remove(path)
      return ViewStore(database: try await SQLiteDatabase.open(path: path, migrations: ViewSchema.migrations))
    }
  }

  func close() async { await database.close() }

  // MARK: Place in the log

  /// The cluster that the rows come from and how far each partition was read.
  func origin() async throws -> (clusterID: String?, positions: [TopicPartition: Position]) {
    try await database.read { connection in
      var positions: [TopicPartition: Position] = [:]
      try connection.forEachRow("SELECT topic, partition, start, next FROM position") { row in
        positions[TopicPartition(try row.value(at: 0), try row.value(at: 1))] =
          Position(start: try row.value(at: 2), next: try row.value(at: 3))
      }
      return (try connection.value("SELECT value FROM origin WHERE name = 'cluster'", as: String.self), positions)
    }
  }

  /// Forgets everything and begins anew with this cluster.
  func reset(clusterID: String) async throws {
    try await database.write { connection in
      for table in ["document", "progress", "position", "origin"] { try connection.execute("DELETE FROM \(table)") }
      try connection.execute("INSERT INTO origin VALUES ('cluster', ?)", [.text(clusterID)])
    }
  }

  /// Notes where partitions begin that were not read before.
  func begin(_ positions: [TopicPartition: Position]) async throws {
    try await database.write { connection in
      for (partition, position) in positions {
        try connection.execute(
          "INSERT INTO position VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET start = excluded.start, next = excluded.next",
          [
            .text(partition.topic), .integer(Int64(partition.partition)), .integer(position.start),
            .integer(position.next),
          ])
      }
    }
  }

  // MARK: Changes

  /// Takes records in and moves the positions, all in one transaction.
  ///
  /// - Returns: The documents that changed.
  func apply(_ records: [ViewRecord], positions: [TopicPartition: Int64]) async throws -> Set<DocumentID> {
    try await database.write { connection in
      var rows: [DocumentID: DocumentRow] = [:]
      var changed: Set<DocumentID> = []
      for record in records {
        let id = record.document
        var row =
          try rows[id] ?? ViewStore.row(id, connection)
          ?? DocumentRow(id: id, partition: record.coordinate.partition)
        if row.merge(record) { changed.insert(id) }
        if row.deletion == nil, case .progressed(let step) = record.content {
          try ViewStore.insert(step, of: record, connection)
        }
        rows[id] = row
      }
      for id in changed {
        guard let row = rows[id] else { continue }
        try ViewStore.write(row, connection)
        if row.deletion != nil { try connection.execute("DELETE FROM progress WHERE id = ?", [.text(id.description)]) }
      }
      for (partition, next) in positions {
        try connection.execute(
          "UPDATE position SET next = max(next, ?) WHERE topic = ? AND partition = ?",
          [.integer(next), .text(partition.topic), .integer(Int64(partition.partition))])
      }
      return changed
    }
  }

  /// Drops steps that the log has dropped too, a bounded number at a time, and notes that what was before is not known.
  func dropProgress(before time: Int64) async throws {
    try await database.write { connection in
      var expired: [(id: String, offset: Int64, partition: Int64)] = []
      try connection.forEachRow(
        """
        SELECT progress.id, progress.offset, document.partition FROM progress JOIN document USING (id)
        WHERE record_time < ? ORDER BY record_time LIMIT 10000
        """, [.integer(time)]
      ) { expired.append((try $0.value(at: 0), try $0.value(at: 1), try $0.value(at: 2))) }
      var starts: [Int64: Int64] = [:]
      for step in expired {
        try connection.execute(
          "DELETE FROM progress WHERE id = ? AND offset = ?", [.text(step.id), .integer(step.offset)])
        starts[step.partition] = max(step.offset + 1, starts[step.partition] ?? 0)
      }
      for (partition, start) in starts {
        try connection.execute(
          "UPDATE position SET start = max(start, ?) WHERE topic = ? AND partition = ?",
          [.integer(start), .text(PlatformTopics.progress), .integer(partition)])
      }
    }
  }

  /// Bounds the file, as a full disk would: for tests.
  func limit(pages: Int?) async throws {
    try await database.withoutTransaction { connection in
      let count = try pages ?? connection.value("PRAGMA page_count", as: Int.self) ?? 0
      try connection.executeScript("PRAGMA max_page_count = \(count)")
    }
  }

  // MARK: Reading

  func row(_ id: DocumentID) async throws -> DocumentRow? {
    try await database.read { try ViewStore.row(id, $0) }
  }

  /// A document and its steps from an offset on, in their order: a consistent state.
  func history(_ id: DocumentID, progressFrom offset: Int64, limit: Int) async throws -> DocumentHistory? {
    try await database.read { connection in
      guard let row = try ViewStore.row(id, connection) else { return nil }
      var steps: [DocumentHistory.Step] = []
      try connection.forEachRow(
        """
        SELECT offset, stage, done, total, source, event, time FROM progress WHERE id = ? AND offset >= ?
        ORDER BY offset LIMIT ?
        """, [.text(id.description), .integer(offset), .integer(Int64(limit))]
      ) { row in
        guard let stage = DocumentProgress.Stage(rawValue: try row.value(at: 1)) else { return }
        steps.append(
          DocumentHistory.Step(
            offset: try row.value(at: 0),
            progress: DocumentProgress(stage: stage, done: try row.value(at: 2), total: try row.value(at: 3)),
            event: EventIdentity(source: try row.value(at: 4), id: try row.value(at: 5), time: try row.value(at: 6))))
      }
      return DocumentHistory(row: row, steps: steps)
    }
  }

  /// A page of documents; one more than asked for where there are more.
  func list(_ query: DocumentQuery, after place: ListCursor?) async throws -> [DocumentRow] {
    try await database.read { connection in
      var conditions = ["uploaded_at IS NOT NULL"]
      var arguments: [SQLiteValue] = []
      if let tenant = query.tenant {
        conditions.append("tenant = ?")
        arguments.append(.text(tenant))
      }
      if let state = query.state {
        conditions.append("state = ?")
        arguments.append(.integer(state.code))
      }
      let (comparison, order) = query.order == .newestFirst ? ("<", "DESC") : (">", "ASC")
      if let place {
        conditions.append("(uploaded_at, id) \(comparison) (?, ?)")
        arguments += [.integer(place.time), .text(place.id.description)]
      }
      arguments.append(.integer(Int64(query.limit + 1)))
      var rows: [DocumentRow] = []
      try connection.forEachRow(
        """
        SELECT \(ViewStore.columns) FROM document WHERE \(conditions.joined(separator: " AND "))
        ORDER BY uploaded_at \(order), id \(order) LIMIT ?
        """, arguments
      ) { rows.append(try ViewStore.documentRow($0)) }
      return rows
    }
  }

  /// Whether a document refers to the blob, as its content or as its text.
  func refers(to blob: BlobReference) async throws -> Bool {
    try await database.read { connection in
      try connection.value(
        """
        SELECT EXISTS (SELECT 1 FROM document WHERE sha256 = ? AND is_inline = 0)
            OR EXISTS (SELECT 1 FROM document WHERE text_reference = ?)
        """, [.text(blob.digest.hex), .text(blob.description)], as: Bool.self) ?? true
    }
  }

  /// Tries whether the file can be read.
  func check() async throws {
    _ = try await database.read { try $0.value("SELECT count(*) FROM origin", as: Int.self) }
  }
}
