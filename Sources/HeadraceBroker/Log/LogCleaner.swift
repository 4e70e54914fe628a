internal import FoundationEssentials
internal import HeadraceTelemetry

/// The log's housekeeping on a thread of its own: retention and compaction in passes.
///
/// Sendable: `lock` guards the flags, `pass` is held for a whole pass; `store` is set before the thread starts.
/// Order of locks: `pass` before all others.
final class LogCleaner: @unchecked Sendable {
  private let lock = ThreadLock()
  private let pass = ThreadLock()
  private let configuration: LogStore.Configuration
  private var store: LogStore?
  private var isStopped = false

  init(_ configuration: LogStore.Configuration) { self.configuration = configuration }

  func attach(_ store: LogStore) { self.store = store }
  func detach() { store = nil }

  func stop() {
    lock.withLock {
      isStopped = true
      lock.broadcast()
    }
  }

  /// The thread: sweeps once, then works in passes until it is stopped.
  func run() {
    sweep()
    var nextCompaction = Deadline.after(configuration.cleanerInterval)
    var nextRetention = Deadline.after(min(configuration.firstRetention, configuration.retentionInterval))
    while true {
      let isStopped = lock.withLock {
        let deadline = min(nextCompaction, nextRetention)
        while !self.isStopped, !deadline.hasPassed { _ = lock.wait(until: deadline) }
        return self.isStopped
      }
      if isStopped { return }
      if nextCompaction.hasPassed {
        compact()
        nextCompaction = .after(configuration.cleanerInterval)
      }
      if nextRetention.hasPassed {
        retain()
        nextRetention = .after(configuration.retentionInterval)
      }
    }
  }

  /// One pass of retention: segments that are too old or too many go, producers long silent are forgotten.
  func retain() {
    onEveryPartition("retention") { (partition) throws(LogError) in
      partition.expireProducers(silentFor: configuration.producerExpiration)
      partition.closeIdleFiles()
      if partition.settings.configuration.isDeleted { try partition.applyRetention() }
    }
  }

  /// One pass of compaction over the topics that are compacted.
  func compact() {
    onEveryPartition("compaction") { (partition) throws(LogError) in
      guard partition.settings.configuration.isCompacted else { return }
      try Compaction(partition, memoryBytes: configuration.compactionBytes, shouldStop: { self.shouldStop }).run()
    }
  }

  private var shouldStop: Bool { lock.withLock { isStopped } }

  private func onEveryPartition(_ what: String, _ body: (Partition) throws(LogError) -> Void) {
    pass.withLock {
      guard let store else { return }
      for partition in store.topics().flatMap(\.partitions) where !shouldStop && !partition.isDeleted {
        do throws(LogError) { try body(partition) } catch {
          if shouldStop || partition.isDeleted { continue }
          store.logger.error("\(what) of \(partition.topicName)-\(partition.index) failed: \(error)")
        }
      }
      if store.environment.hasRemovals, !shouldStop { try? store.checkpoint() }
    }
  }

  /// Removes what nothing refers to: folders of deleted topics, and files that a crash left between their making and
  /// the journal's record of them.
  private func sweep() {
    pass.withLock {
      guard let store else { return }
      let files = configuration.fileSystem
      var folders: [(path: String, id: UUID, names: [String])] = []
      for name in (try? files.list(store.environment.topicsFolder)) ?? [] where !shouldStop {
        guard let id = UUID(uuidString: name) else { continue }
        let path = store.environment.topicsFolder + "/" + name
        let names = (try? files.list(path)) ?? []
        let topic = store.creationLock.withLock { store.topic(id: id) }
        if topic?.partitions.contains(where: { !$0.strangers(names).isEmpty }) ?? true {
          folders.append((path, id, names))
        }
      }
      guard !folders.isEmpty, !shouldStop else { return }
      // Without sync an older checkpoint, which a power cut may bring back, may refer to them.
      if configuration.durability == .os {
        do throws(LogError) { try store.checkpoint() } catch { return }
      }
      for (path, id, names) in folders where !shouldStop {
        store.creationLock.withLock {
          if let topic = store.topic(id: id) {
            for partition in topic.partitions { partition.sweep(names) }
          } else {
            store.environment.remove(path, isFolder: true)
          }
        }
      }
    }
  }
}
