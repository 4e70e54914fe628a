/// The log's housekeeping on a thread of its own: retention and compaction in passes.
///
/// Sendable: `lock` guards the flags; `store` is set before the thread starts.
final class LogCleaner: @unchecked Sendable {
  private let lock = ThreadLock()
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

  /// The thread.
  func run() {
    var nextCompaction = Deadline.after(configuration.cleanerInterval)
    var nextRetention = Deadline.after(configuration.retentionInterval)
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

  var shouldStop: Bool { lock.withLock { isStopped } }

  /// One pass of retention.
  func retain() {}

  /// One pass of compaction.
  func compact() {}
}
