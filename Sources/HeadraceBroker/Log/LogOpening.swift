/// The first steps of opening a folder: who we are, whose it is, which files there are.
struct LogOpening {
  let configuration: LogStore.Configuration
  let format: StoreFormat
  let folderLock: any Sendable
  let metrics: LogMetrics
  let journal: Journal
  let environment: LogEnvironment
  let checkpointRequest: CheckpointRequest
  let journalFiles: [JournalFile]
  /// Two files in turn.
  let checkpointFiles: [any StoredFile]

  /// What the first journal file is filled with before the first commit; the rest follows in the background.
  private static let firstJournalBytes = 4 << 20

  init(_ configuration: LogStore.Configuration) throws(LogError) {
    self.configuration = configuration
    let metrics = LogMetrics()
    self.metrics = metrics
    let files = configuration.fileSystem
    let folder = configuration.folder
    try onDisk { () throws(FileError) in try files.makeFolder(folder + "/topics") }
    do throws(FileError) { folderLock = try files.lock(folder + "/lock") } catch {
      throw .storage("\(folder) is in use by another process, or cannot be locked: \(error)")
    }
    format = try Self.openFormat(configuration)
    checkpointFiles = try onDisk { () throws(FileError) in
      [try files.open(folder + "/checkpoint.0", .create), try files.open(folder + "/checkpoint.1", .create)]
    }
    let journalFiles = try onDisk { () throws(FileError) in
      let pair = [
        try Self.openJournal(configuration, 0, least: min(configuration.journalBytes, Self.firstJournalBytes)),
        try Self.openJournal(configuration, 1, least: 0),
      ]
      if configuration.durability == .fsync { try files.syncFolder(folder) }
      return pair
    }
    self.journalFiles = journalFiles
    let request = CheckpointRequest()
    checkpointRequest = request
    let journal = Journal(
      files: journalFiles, boot: files.bootIdentifier, fileBytes: Int64(configuration.journalBytes),
      stageBytes: min(8 << 20, configuration.journalBytes / 4), durability: configuration.durability,
      metrics: metrics, onFatal: configuration.onFatal, onFileFull: { request.raise() })
    self.journal = journal
    environment = LogEnvironment(
      folder: folder, fileSystem: files, durability: configuration.durability, now: configuration.now,
      metrics: metrics, journal: journal, bulkBytes: min(configuration.bulkBytes, configuration.journalBytes / 16))
  }

  private static func openFormat(_ configuration: LogStore.Configuration) throws(LogError) -> StoreFormat {
    let files = configuration.fileSystem
    let path = configuration.folder + "/" + StoreFormat.fileName
    let text: [UInt8]? = try onDisk { () throws(FileError) in
      do throws(FileError) {
        let file = try files.open(path, .existing)
        return try file.read(at: 0, count: Int(min(try file.size(), 4096)))
      } catch {
        if error.isMissing { return nil }
        throw error
      }
    }
    if let text { return try StoreFormat(text: String(decoding: text, as: UTF8.self)) }
    let format = StoreFormat(nodeId: configuration.nodeId)
    try onDisk { () throws(FileError) in
      let file = try files.open(path + ".new", .replace)
      try file.write(Array(format.text.utf8), at: 0)
      // Once for a folder, whatever the durability: without it nothing opens any more.
      try file.sync()
      try files.rename(path + ".new", to: path)
      try files.syncFolder(configuration.folder)
    }
    return format
  }

  /// Where commits are synced a file is written with zeros once: a sync within written blocks is twice as fast.
  private static func openJournal(
    _ configuration: LogStore.Configuration, _ index: Int, least: Int
  ) throws(FileError) -> JournalFile {
    let file = try configuration.fileSystem.open(configuration.folder + "/journal.\(index)", .create)
    var journal = JournalFile(file: file, capacity: try file.size())
    if configuration.durability == .fsync {
      try journal.fill(to: Int64(least))
    } else {
      journal.capacity = max(journal.capacity, Int64(configuration.journalBytes))
    }
    return journal
  }
}
