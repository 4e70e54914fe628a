internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// The durable log of the embedded broker: topics, their partitions, and a small map of state, all behind one journal.
///
/// Everything is synchronous and blocks the calling thread: call it from threads of your own, never from the
/// cooperative pool.
///
/// Sendable: `topicsLock` guards the maps of topics; the rest is immutable or guards itself.
/// Order of locks: `creationLock`, `topicsLock`, partitions by topic id and index, the state store, the journal.
final class LogStore: @unchecked Sendable {
  /// When something counts as safe.
  enum Durability: Sendable {
    /// Once the disk says so: it survives a power cut.
    case fsync
    /// Once the operating system has it: it survives `kill -9`, not a power cut.
    case os
  }

  let configuration: Configuration
  let clusterId: String
  let nodeId: Int32
  let state: StateStore
  let metrics: LogMetrics
  let environment: LogEnvironment
  let journal: Journal

  /// Held while a topic's folder is made and not known yet; the sweeper stays away meanwhile.
  let creationLock = ThreadLock()
  let topicsLock = ThreadLock()
  var topicsByName: [String: Topic] = [:]
  var topicsById: [UUID: Topic] = [:]
  /// The last journal record about topics that the maps hold.
  var topicsNumber: UInt64
  let logger = Logger(label: "headrace.broker.log")

  private let checkpointer: Checkpointer
  private let cleaner: LogCleaner
  private let threads: Mutex<[OSThread]>
  private let folderLock: Mutex<(any Sendable)?>
  private let isClosed = Mutex(false)

  /// Opens the folder, or makes it; recovers what an unclean end left behind; starts the log's threads.
  ///
  /// - Throws: KAFKA_STORAGE_ERROR when another process has the folder, its format is newer, or the disk refuses.
  init(configuration: Configuration) throws(LogError) {
    self.configuration = configuration
    let opening = try LogOpening(configuration)
    folderLock = Mutex(opening.folderLock)
    clusterId = opening.format.clusterId
    nodeId = opening.format.nodeId
    metrics = opening.metrics
    environment = opening.environment
    journal = opening.journal
    let recovery = try LogRecovery(opening)
    topicsNumber = recovery.topicsNumber
    for topic in recovery.topics.values {
      topicsByName[topic.name] = topic
      topicsById[topic.id] = topic
    }
    journal.begin(after: recovery.lastNumber)
    state = StateStore(journal: journal, recovered: recovery.state)
    checkpointer = Checkpointer(opening, lastNumber: recovery.checkpointNumber, nextFile: recovery.nextCheckpointFile)
    cleaner = LogCleaner(configuration)
    threads = Mutex([])
    checkpointer.attach(self)
    cleaner.attach(self)
    do throws(LogError) {
      if recovery.lastNumber > recovery.checkpointNumber || recovery.isTorn { try checkpointer.write() }
    } catch {
      checkpointer.detach()
      cleaner.detach()
      throw error
    }
    let running = [
      OSThread(name: "log-commit") { [journal] in journal.commitDetached() },
      OSThread(name: "log-checkpoint") { [checkpointer] in checkpointer.run() },
      OSThread(name: "log-cleaner") { [cleaner] in cleaner.run() },
    ]
    threads.withLock { $0 = running }
  }

  /// Commits what is queued, writes a checkpoint, so that the next start has nothing to replay, and lets go of the
  /// folder. Later calls of anything throw KAFKA_STORAGE_ERROR.
  ///
  /// - Throws: when the deadline passes or the disk refuses; the folder then recovers at the next start.
  func close(deadline: Deadline) throws(LogError) {
    let first = isClosed.withLock { closed in
      defer { closed = true }
      return !closed
    }
    guard first else { return }
    cleaner.stop()
    var failure: LogError?
    do throws(LogError) { try journal.stop(until: deadline) } catch { failure = error }
    checkpointer.stop()
    let running = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for thread in running { thread.join() }
    if failure == nil {
      do throws(LogError) { try checkpointer.writeAtClose() } catch { failure = error }
    }
    checkpointer.detach()
    cleaner.detach()
    folderLock.withLock { $0 = nil }
    if let failure { throw failure }
  }

  // MARK: Looking up

  func topic(_ name: String) -> Topic? { topicsLock.withLock { topicsByName[name] } }
  func topic(id: UUID) -> Topic? { topicsLock.withLock { topicsById[id] } }

  /// All topics, by name.
  func topics() -> [Topic] { topicsLock.withLock { Array(topicsByName.values) }.sorted { $0.name < $1.name } }

  func partition(_ topic: String, _ index: Int32) -> Partition? { self.topic(topic)?.partition(index) }

  // MARK: Passes on the calling thread

  /// One pass of compaction over all topics.
  func runCleaner() { cleaner.compact() }

  /// One pass of retention over all topics.
  func runRetention() { cleaner.retain() }

  /// Writes a checkpoint now.
  func checkpoint() throws(LogError) { try checkpointer.write() }
}
