internal import FoundationEssentials
internal import Synchronization

/// One partition's log: segments, offsets, producers, parked readers.
///
/// Readers see up to the high watermark, which only the committer moves: what a power cut can take was never shown.
///
/// Sendable: `lock` guards everything below it. Order of locks: partitions by topic id and index, the state store,
/// the journal; a waiter's lock comes last.
final class Partition: @unchecked Sendable {
  let topicName: String
  let topicId: UUID
  let index: Int32
  let settings: TopicSettings
  let environment: LogEnvironment

  let lock = ThreadLock()
  /// In offset order; the last one is written to. Empty before the first batch and after everything was removed.
  var segments: [Segment] = []
  /// The offset of the next batch.
  var nextOffset: Int64 = 0
  var currentHighWatermark: Int64 = 0
  /// Bytes ever appended, and how many of them are behind the high watermark.
  var appendedBytes: Int64 = 0
  var visibleBytes: Int64 = 0
  var stableWatermark: Int64 = 0
  var startOffset: Int64 = 0
  var producers = ProducerTable()
  /// By the offset of the marker.
  var abortedTransactions: [AbortedTransaction] = []
  /// The last journal record about this partition that it holds.
  var appliedNumber: UInt64 = 0
  /// Below it every key is unique: compaction has been there.
  var cleanedOffset: Int64 = 0
  var firstPlace: FetchWaiter.Place?
  var deleted = false
  /// Recovery alone: a batch that the journal names is not there, nor is anything behind it.
  var isTorn = false

  init(topic: Topic, index: Int32, environment: LogEnvironment) {
    settings = topic.settings
    topicName = topic.name
    topicId = topic.id
    self.index = index
    self.environment = environment
  }

  var isDeleted: Bool { lock.withLock { deleted } }
  /// One past the last offset that readers may see.
  var highWatermark: Int64 { lock.withLock { currentHighWatermark } }
  /// One past the last offset that readers of committed data may see.
  var lastStableOffset: Int64 { lock.withLock { stableWatermark } }
  var logStartOffset: Int64 { lock.withLock { startOffset } }
  /// Bytes of all segments.
  var size: Int64 { lock.withLock { segments.reduce(0) { $0 + $1.size } } }

  func endOffset(_ isolation: Isolation) -> Int64 {
    isolation == .readCommitted ? lastStableOffset : highWatermark
  }

  /// Transactions without a marker yet, oldest first.
  func openTransactions() -> [(producerId: Int64, firstOffset: Int64)] {
    lock.withLock {
      producers.unstable.filter { $0.markerOffset == nil }.map { ($0.producerId, $0.firstOffset) }
    }
  }

  /// The producers that are remembered, by id.
  func knownProducers() -> [(id: Int64, entry: ProducerTable.Entry)] {
    lock.withLock { producers.entries.map { (id: $0.key, entry: $0.value) } }.sorted { $0.id < $1.id }
  }

  func checkNotDeleted() throws(LogError) {
    if deleted { throw .unknownTopicOrPartition("\(topicName)-\(index) was deleted") }
  }

  // MARK: The high watermark

  /// Everything below `end` is durable. Called by the committer only.
  func advance(to end: Int64, appendedBytes: Int64) {
    lock.withLock {
      guard end > currentHighWatermark else { return }
      currentHighWatermark = end
      let bytes = Int(appendedBytes - visibleBytes)
      visibleBytes = appendedBytes
      let stable = producers.lastStableOffset(highWatermark: end)
      let stableMoved = stable > stableWatermark
      // Readers of committed data are told the bytes where nothing holds them back, else simply to look.
      let stableBytes = stable == end ? bytes : Int.max
      stableWatermark = stable
      var place = firstPlace
      while let seat = place {
        switch seat.isolation {
        case .readUncommitted: seat.waiter.add(bytes: bytes)
        case .readCommitted: if stableMoved { seat.waiter.add(bytes: stableBytes) }
        }
        place = seat.next
      }
    }
  }

  // MARK: Files

  func path(of segment: Segment) -> String {
    "\(environment.folder(of: topicId))/\(index)-\(Self.padded(segment.base))-\(segment.generation).log"
  }

  /// Opens the segment's file on first use. The lock is held.
  func file(of segment: Segment, _ mode: FileOpenMode = .existing) throws(LogError) -> SegmentFile {
    segment.wasUsed = true
    if let file = segment.file { return file }
    do throws(FileError) {
      // Replay alone creates in place: into the folder of a topic that a later record deletes, too.
      if mode == .create { try environment.fileSystem.makeFolder(environment.folder(of: topicId)) }
      let file = SegmentFile(
        try environment.fileSystem.open(path(of: segment), mode),
        folder: environment.folder(of: topicId), fileSystem: environment.fileSystem, isNameDurable: mode == .existing)
      segment.file = file
      return file
    } catch {
      throw environment.storageError(error)
    }
  }

  private static func padded(_ number: Int64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
  }
}
