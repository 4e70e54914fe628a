internal import HeadraceTelemetry

/// Writes checkpoints: on its own thread when a journal file is full, and at the end.
///
/// Each part (a partition, the state, the topics) is copied at its own moment, with the number of the last journal
/// record in it; the checkpoint counts once all those records are durable, and replay skips per part what its copy
/// has. So nothing stops while a checkpoint is taken.
///
/// Sendable: `lock` is held for a whole checkpoint; `store` is set before the threads start.
final class Checkpointer: @unchecked Sendable {
  private let lock = ThreadLock()
  private let files: [any StoredFile]
  private let request: CheckpointRequest
  private let journal: Journal
  private let configuration: LogStore.Configuration
  private let metrics: LogMetrics
  private var nextFile: Int
  private var lastNumber: UInt64
  private var store: LogStore?

  init(_ opening: LogOpening, lastNumber: UInt64, nextFile: Int) {
    files = opening.checkpointFiles
    request = opening.checkpointRequest
    journal = opening.journal
    configuration = opening.configuration
    metrics = opening.metrics
    self.lastNumber = lastNumber
    self.nextFile = nextFile
  }

  func attach(_ store: LogStore) { self.store = store }
  func detach() { store = nil }
  func stop() { request.stop() }

  /// The thread: one checkpoint a request. A full disk is tried again within a second; meanwhile commits may wait.
  func run() {
    guard persist("the journal could not be prepared", { () throws(LogError) in try journal.prepareFiles() }) else {
      return
    }
    while request.take() {
      guard persist("no checkpoint could be written", { () throws(LogError) in try write() }) else { return }
    }
  }

  /// Tries until it succeeds; false when the log is closed or failed before.
  private func persist(_ complaint: String, _ body: () throws(LogError) -> Void) -> Bool {
    var pause = Duration.milliseconds(20)
    while true {
      do throws(LogError) {
        try body()
        return true
      } catch {
        if journal.hasFailed { return false }
        metrics.storageErrors.increment()
        store?.logger.error("\(complaint): \(error)")
        if !request.pause(pause) { return false }
        pause = min(pause * 2, .seconds(1))
      }
    }
  }

  /// Writes one now.
  func write() throws(LogError) { try lock.withLock { () throws(LogError) in try write(syncs: true) } }

  /// The last one; nothing is queued any more. Without sync the operating system is trusted, as for commits.
  func writeAtClose() throws(LogError) {
    try lock.withLock { () throws(LogError) in
      if journal.lastNumber == lastNumber { return }
      try write(syncs: configuration.durability == .fsync)
    }
  }

  private func write(syncs: Bool) throws(LogError) {
    guard let store else { return }
    let removals = syncs ? store.environment.takeRemovals() : []
    let number = journal.beginCheckpoint()
    do throws(LogError) {
      let (body, needed, dirty) = copy(store)
      try journal.wait(for: needed, until: .never)
      journal.checkpointIsBeingWritten()
      if syncs {
        do throws(FileError) {
          for file in dirty {
            try file.file.sync()
            try file.syncName()
          }
          if configuration.durability == .os {
            // Commits did not see to these names.
            try configuration.fileSystem.syncFolder(store.environment.topicsFolder)
            try configuration.fileSystem.syncFolder(configuration.folder)
          }
        } catch {
          // A page that could not be written counts as clean from now on: nothing here can be believed any more.
          let failure = LogError.storage("a segment could not be synced: \(error)")
          journal.fail(failure)
          throw failure
        }
      }
      let file = files[nextFile]
      try onDisk { () throws(FileError) in
        try file.write(Checkpoint(number: number, body: body).encoded(), at: 0)
        if syncs { try file.sync() }
      }
      nextFile = 1 - nextFile
      lastNumber = number
      metrics.checkpoints.increment()
      try journal.endCheckpoint(covering: number)
      for removal in removals { store.environment.remove(removal.path, isFolder: removal.isFolder) }
    } catch {
      for removal in removals { store.environment.remove([removal.path], areFolders: removal.isFolder) }
      try? journal.endCheckpoint(covering: nil)
      throw error
    }
  }

  /// Copies everything, part by part.
  private func copy(_ store: LogStore) -> (body: [UInt8], needed: UInt64, dirty: [SegmentFile]) {
    var writer = ByteWriter(capacity: 64 * 1024)
    var dirty: [SegmentFile] = []
    let (topics, topicsNumber) = store.topicsLock.withLock {
      (store.topicsById.values.map { ($0, $0.partitions, $0.configuration.overrides) }, store.topicsNumber)
    }
    var needed = topicsNumber
    writer.put(topicsNumber)
    writer.put(UInt32(topics.count))
    for (topic, partitions, overrides) in topics {
      topic.encode(partitionCount: partitions.count, overrides: overrides, to: &writer)
      for partition in partitions {
        let (number, files) = partition.encode(to: &writer)
        needed = max(needed, number)
        dirty += files
      }
    }
    let image = store.state.image()
    needed = max(needed, image.appliedNumber)
    image.encode(to: &writer)
    return (writer.bytes, needed, dirty)
  }
}
