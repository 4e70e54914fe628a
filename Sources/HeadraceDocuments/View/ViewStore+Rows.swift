internal import HeadraceCore
internal import HeadraceSQLite

// How a row of the table becomes a `DocumentRow` and back.
extension ViewStore {
  static let columns = """
    id, partition, state, tenant, name, content_type, size, sha256, is_inline, \
    upload_offset, content_offset, uploaded_at, upload, upload_source, upload_event, upload_time, \
    outcome_is_enriched, outcome_offset, outcome, outcome_source, outcome_event, outcome_time, text_reference, \
    progress_offset, progress_stage, progress_done, progress_total, \
    deletion_topic, deletion_offset, deletion_source, deletion_event, deletion_time
    """
  private static let places = Array(repeating: "?", count: 32).joined(separator: ", ")

  static func row(_ id: DocumentID, _ connection: SQLiteConnection) throws -> DocumentRow? {
    var found: DocumentRow?
    try connection.forEachRow("SELECT \(columns) FROM document WHERE id = ?", [.text(id.description)]) {
      found = try documentRow($0)
    }
    return found
  }

  static func documentRow(_ row: SQLiteRow) throws -> DocumentRow {
    guard let id = DocumentID(try row.value(at: 0, as: String.self)) else {
      throw SQLiteError(code: .mismatch, extendedCode: 0, message: "The id is no UUID.", statement: nil)
    }
    var document = DocumentRow(id: id, partition: try row.value(at: 1))
    func identity(at index: Int) throws -> EventIdentity {
      EventIdentity(
        source: try row.value(at: index), id: try row.value(at: index + 1), time: try row.value(at: index + 2))
    }
    if let offset = try row.value(at: 9, as: Int64?.self) {
      document.upload = DocumentRow.Upload(
        offset: offset, contentOffset: try row.value(at: 10), recordTime: try row.value(at: 11),
        event: try identity(at: 13),
        content: ViewRecord.Upload(
          tenant: try row.value(at: 3), name: try row.value(at: 4), contentType: try row.value(at: 5),
          size: try row.value(at: 6), sha256: try row.value(at: 7), isInline: try row.value(at: 8),
          json: try row.value(at: 12)))
    }
    if let offset = try row.value(at: 17, as: Int64?.self) {
      document.outcome = DocumentRow.Outcome(
        isEnriched: try row.value(at: 16), offset: offset, event: try identity(at: 19), json: try row.value(at: 18),
        textReference: try row.value(at: 22))
    }
    if let offset = try row.value(at: 23, as: Int64?.self),
      let stage = DocumentProgress.Stage(rawValue: try row.value(at: 24))
    {
      document.progress = DocumentRow.Progress(
        offset: offset,
        step: DocumentProgress(stage: stage, done: try row.value(at: 25), total: try row.value(at: 26)))
    }
    if let topic = try row.value(at: 27, as: String?.self) {
      document.deletion = DocumentRow.Deletion(
        topic: topic, offset: try row.value(at: 28), event: try identity(at: 29))
    }
    return document
  }

  static func write(_ row: DocumentRow, _ connection: SQLiteConnection) throws {
    let (upload, outcome, progress, deletion) = (row.upload, row.outcome, row.progress, row.deletion)
    func whole(_ value: Bool?) -> SQLiteValue { .integer(value.map { $0 ? 1 : 0 }) }
    try connection.execute(
      "INSERT OR REPLACE INTO document (\(columns)) VALUES (\(places))",
      [
        .text(row.id.description), .integer(Int64(row.partition)), .integer(row.state.code),
        .text(upload?.content.tenant), .text(upload?.content.name), .text(upload?.content.contentType),
        .integer(upload?.content.size), .text(upload?.content.sha256), whole(upload?.content.isInline),
        .integer(upload?.offset), .integer(upload?.contentOffset), .integer(upload?.recordTime),
        .blob(upload?.content.json), .text(upload?.event.source), .text(upload?.event.id), .integer(upload?.event.time),
        whole(outcome?.isEnriched), .integer(outcome?.offset), .blob(outcome?.json), .text(outcome?.event.source),
        .text(outcome?.event.id), .integer(outcome?.event.time), .text(outcome?.textReference),
        .integer(progress?.offset), .text(progress?.step.stage.rawValue),
        .integer((progress?.step.done).map(Int64.init)),
        .integer((progress?.step.total).map(Int64.init)),
        .text(deletion?.topic), .integer(deletion?.offset), .text(deletion?.event.source), .text(deletion?.event.id),
        .integer(deletion?.event.time),
      ])
  }

  static func insert(_ step: DocumentProgress, of record: ViewRecord, _ connection: SQLiteConnection) throws {
    // A crash of the enricher repeats a step with the same identity: the first one in the log counts.
    try connection.execute(
      """
      INSERT OR IGNORE INTO progress (id, offset, record_time, stage, done, total, source, event, time)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(record.document.description), .integer(record.coordinate.offset), .integer(record.recordTime),
        .text(step.stage.rawValue), .integer(Int64(step.done)), .integer(Int64(step.total)),
        .text(record.event.source), .text(record.event.id), .integer(record.event.time),
      ])
  }
}
