internal import HeadraceSQLite

/// The tables of the view. What is here can be deleted at any time: it is made again from the log.
enum ViewSchema {
  static let migrations = [
    SQLiteMigration(
      "documents",
      """
      CREATE TABLE document (
        id TEXT PRIMARY KEY NOT NULL,
        partition INTEGER NOT NULL,
        state INTEGER NOT NULL,
        tenant TEXT, name TEXT, content_type TEXT, size INTEGER, sha256 TEXT, is_inline INTEGER,
        upload_offset INTEGER, content_offset INTEGER, uploaded_at INTEGER,
        upload BLOB, upload_source TEXT, upload_event TEXT, upload_time INTEGER,
        outcome_is_enriched INTEGER, outcome_offset INTEGER,
        outcome BLOB, outcome_source TEXT, outcome_event TEXT, outcome_time INTEGER, text_reference TEXT,
        progress_offset INTEGER, progress_stage TEXT, progress_done INTEGER, progress_total INTEGER,
        deletion_topic TEXT, deletion_offset INTEGER, deletion_source TEXT, deletion_event TEXT, deletion_time INTEGER
      ) STRICT;
      CREATE INDEX document_by_time ON document (uploaded_at, id) WHERE uploaded_at IS NOT NULL;
      CREATE INDEX document_by_tenant ON document (tenant, uploaded_at, id) WHERE uploaded_at IS NOT NULL;
      CREATE INDEX document_by_state ON document (state, uploaded_at, id) WHERE uploaded_at IS NOT NULL;
      CREATE INDEX document_by_content ON document (sha256) WHERE is_inline = 0;
      CREATE INDEX document_by_text ON document (text_reference) WHERE text_reference IS NOT NULL;

      CREATE TABLE progress (
        id TEXT NOT NULL, offset INTEGER NOT NULL, record_time INTEGER NOT NULL,
        stage TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
        source TEXT NOT NULL, event TEXT NOT NULL, time INTEGER NOT NULL,
        PRIMARY KEY (id, offset), UNIQUE (id, source, event)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX progress_by_time ON progress (record_time);

      CREATE TABLE position (
        topic TEXT NOT NULL, partition INTEGER NOT NULL,
        start INTEGER NOT NULL, next INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE origin (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
      """)
  ]
}
