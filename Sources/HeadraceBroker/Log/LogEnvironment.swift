internal import FoundationEssentials
internal import HeadraceTelemetry

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

  /// Counts a failure of the disk and makes it the log's error.
  func storageError(_ error: FileError) -> LogError {
    metrics.storageErrors.increment()
    return LogError(error)
  }
}
