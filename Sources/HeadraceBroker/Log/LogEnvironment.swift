internal import FoundationEssentials
internal import HeadraceTelemetry
internal import Synchronization

/// What partitions share of their store.
final class LogEnvironment: Sendable {
  let folder: String
  let fileSystem: any FileSystem
  let durability: LogStore.Durability
  let now: @Sendable () -> Int64
  let metrics: LogMetrics
  let journal: Journal
  /// From this many bytes of a partition in one commit cycle, its file is synced instead of the bytes journaled.
  let bulkBytes: Int
  private let removals = Mutex<[(path: String, isFolder: Bool)]>([])

  init(
    folder: String, fileSystem: any FileSystem, durability: LogStore.Durability, now: @escaping @Sendable () -> Int64,
    metrics: LogMetrics, journal: Journal, bulkBytes: Int
  ) {
    self.folder = folder
    self.fileSystem = fileSystem
    self.durability = durability
    self.now = now
    self.metrics = metrics
    self.journal = journal
    self.bulkBytes = bulkBytes
  }

  var topicsFolder: String { folder + "/topics" }

  func folder(of topicId: UUID) -> String { topicsFolder + "/" + topicId.uuidString.lowercased() }

  /// Removes what the journal says nothing refers to any more. Without sync the journal may forget that in a power
  /// cut, so it waits for the next synced checkpoint then; what a stop or a crash leaves is swept at the next start.
  func remove(_ paths: [String], areFolders: Bool = false) {
    if durability == .os {
      removals.withLock { $0 += paths.map { (path: $0, isFolder: areFolders) } }
    } else {
      for path in paths { remove(path, isFolder: areFolders) }
    }
  }

  var hasRemovals: Bool { removals.withLock { !$0.isEmpty } }

  /// What waits for a checkpoint that is about to begin.
  func takeRemovals() -> [(path: String, isFolder: Bool)] {
    removals.withLock { list in
      defer { list = [] }
      return list
    }
  }

  /// A file that cannot be removed is swept at the next start.
  func remove(_ path: String, isFolder: Bool) {
    do throws(FileError) {
      if isFolder { try fileSystem.removeTree(path) } else { try fileSystem.remove(path) }
    } catch {
      metrics.storageErrors.increment()
    }
  }

  /// Counts a failure of the disk and makes it the log's error.
  func storageError(_ error: FileError) -> LogError {
    metrics.storageErrors.increment()
    return LogError(error)
  }
}
