internal import HeadraceTelemetry
internal import Synchronization

/// One journal for all partitions: everything that must survive is queued here, and one write and one sync make all
/// that is queued durable.
///
/// There is no timer and usually no thread between a producer and the disk: the first thread that waits becomes the
/// committer of all that is queued, the others wait for it, and what comes meanwhile gathers for the next cycle. A
/// background thread commits what nobody waits for.
///
/// Sendable: `lock` guards all state but `committing*`, which belongs to the one thread that set `isCommitting`.
/// Order of locks: partitions and the state store before `lock`; the committer takes partitions' locks without it.
final class Journal: @unchecked Sendable {
  /// What a checkpoint is doing, as far as the committer must know.
  enum CheckpointPhase {
    /// None runs.
    case idle
    /// Copies are taken and wait for their records to be durable: the committer must go on, beyond a file's end too.
    case copying
    /// It writes what it has; nothing of it needs the committer.
    case writing
  }

  let durability: LogStore.Durability
  let metrics: LogMetrics
  private let lock = ThreadLock()
  private let space: ThreadCondition
  private let detached: ThreadCondition
  private let fileFreed: ThreadCondition
  private let cycleDone: [ThreadCondition]
  private let onFatal: @Sendable (LogError) -> Void
  private let stageBytes: Int
  /// What each file grows to.
  private let fileBytes: Int64

  private var stage: JournalStage
  private var spare: JournalStage
  private var reserved = 0
  private var nextNumber: UInt64
  private var durable: UInt64
  private var inFlight: UInt64
  private var cycle = 0
  private var isCommitting = false
  private var failure: LogError?
  private var isStopping = false
  private var detachedNumber: UInt64 = 0
  private var checkpointPhase = CheckpointPhase.idle
  private var isOtherFree = false

  private let salt: UInt64
  private let boot: UInt64
  private var files: [JournalFile]
  private var current = 0
  /// Where the next record goes; nil before the current file has a header.
  private var position: Int64?

  /// Called when a file is full and a checkpoint is due, with `lock` held: it only sets a flag and signals.
  private let onFileFull: @Sendable () -> Void

  init(
    files: [JournalFile], boot: UInt64, fileBytes: Int64, stageBytes: Int, durability: LogStore.Durability,
    metrics: LogMetrics,
    onFatal: @escaping @Sendable (LogError) -> Void, onFileFull: @escaping @Sendable () -> Void
  ) {
    self.files = files
    self.boot = boot
    self.durability = durability
    self.metrics = metrics
    self.stageBytes = stageBytes
    self.fileBytes = fileBytes
    self.onFatal = onFatal
    self.onFileFull = onFileFull
    salt = UInt64.random(in: .min ... .max)
    nextNumber = 1
    durable = 0
    inFlight = 0
    space = ThreadCondition(lock)
    detached = ThreadCondition(lock)
    fileFreed = ThreadCondition(lock)
    cycleDone = [ThreadCondition(lock), ThreadCondition(lock)]
    stage = JournalStage(capacity: 64 * 1024)
    spare = JournalStage(capacity: 64 * 1024)
  }

  /// Goes on behind the last number that recovery found; once, before anything is queued.
  func begin(after lastNumber: UInt64) {
    lock.withLock {
      nextNumber = lastNumber + 1
      durable = lastNumber
      inFlight = lastNumber
    }
  }

  // MARK: Queueing

  /// Waits for room for `bytes` more (or makes it); to be called before any partition's lock is taken, and followed
  /// by `enqueue` or `cancel` with the same number.
  func admit(_ bytes: Int) throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    while true {
      if let failure { throw failure }
      if isStopping { throw .storage("the log is closed") }
      let taken = stage.count + reserved
      if taken == 0 || taken + bytes <= stageBytes { break }
      if !isCommitting && !stage.isEmpty {
        commitCycle()
      } else {
        _ = space.wait(until: .after(.milliseconds(100)))
      }
    }
    reserved += bytes
  }

  func cancel(_ bytes: Int) {
    lock.lock()
    reserved -= bytes
    space.signal()
    lock.unlock()
  }

  var hasFailed: Bool { lock.withLock { failure != nil } }

  /// Queues a record and gives it its number.
  ///
  /// - Parameters:
  ///   - admitted: What `admit` was asked for.
  ///   - advances: Partitions to move on once the record is durable.
  ///   - syncFirst: A segment that must be on disk before the record is.
  func enqueue(
    _ kind: JournalRecordKind, _ body: JournalBody, admitted: Int, advances: [JournalStage.Advance] = [],
    syncFirst: SegmentFile? = nil
  ) -> UInt64 {
    lock.lock()
    defer { lock.unlock() }
    reserved -= admitted
    let number = nextNumber
    nextNumber += 1
    stage.add(number: number, kind: kind, salt: salt, body: body)
    guard failure == nil else { return number }
    for advance in advances { stage.add(advance) }
    if let syncFirst { stage.addFileToSync(syncFirst) }
    return number
  }

  /// The last number given out.
  var lastNumber: UInt64 { lock.withLock { nextNumber - 1 } }

  // MARK: Waiting

  func wait(for number: UInt64, until deadline: Deadline) throws(LogError) {
    lock.lock()
    defer { lock.unlock() }
    while durable < number {
      if let failure { throw failure }
      if !isCommitting {
        guard !stage.isEmpty else { throw .storage("journal record \(number) was never queued") }
        commitCycle()
        continue
      }
      let condition = cycleDone[(number <= inFlight ? cycle : cycle + 1) & 1]
      if !condition.wait(until: deadline), durable < number {
        // Perhaps this thread was the one told to commit next.
        if !isCommitting { condition.signal() }
        throw .requestTimedOut("not durable within the time given")
      }
    }
  }

  func detach(_ number: UInt64) {
    lock.lock()
    if durability == .os, number > durable, number > inFlight, !isCommitting, failure == nil {
      // Without sync it is one short write: no other thread need be woken for it.
      commitCycle()
    } else if number > durable, number > detachedNumber {
      detachedNumber = number
      detached.signal()
    }
    lock.unlock()
  }

  /// The background committer's thread: commits what was detached, until `stop`.
  func commitDetached() {
    lock.lock()
    while !isStopping && failure == nil {
      if detachedNumber <= durable {
        _ = detached.wait(until: .never)
        continue
      }
      let number = detachedNumber
      lock.unlock()
      try? wait(for: number, until: .never)
      lock.lock()
    }
    lock.unlock()
  }

  /// Nothing is admitted any more; what is queued is committed.
  func stop(until deadline: Deadline) throws(LogError) {
    lock.lock()
    isStopping = true
    detached.broadcast()
    space.broadcast()
    fileFreed.broadcast()
    let last = nextNumber - 1
    lock.unlock()
    try wait(for: last, until: deadline)
  }

  /// The journal cannot be trusted any more: nothing is acknowledged from here on.
  func fail(_ error: LogError) {
    lock.lock()
    let isFirst = failure == nil
    if isFirst { failure = error }
    // Never committed any more, and the partitions it names hold the journal.
    stage.forgetPartitions()
    cycleDone[0].broadcast()
    cycleDone[1].broadcast()
    space.broadcast()
    detached.broadcast()
    fileFreed.broadcast()
    lock.unlock()
    if isFirst { onFatal(error) }
  }

  // MARK: The commit cycle

  /// Called with the lock held and nobody committing; lets go of it while it works.
  private func commitCycle() {
    if stage.isEmpty { return }
    isCommitting = true
    let batch = stage
    stage = spare
    cycle += 1
    inFlight = batch.lastNumber
    space.broadcast()
    lock.unlock()

    var problem: LogError?
    do throws(LogError) {
      try write(batch)
      for advance in batch.advances {
        advance.partition.advance(to: advance.end, appendedBytes: advance.appendedBytes)
      }
    } catch {
      problem = error
    }
    if let problem { fail(problem) }

    lock.lock()
    if problem == nil { durable = batch.lastNumber }
    batch.reset(keeping: stageBytes)
    spare = batch
    isCommitting = false
    cycleDone[cycle & 1].broadcast()
    cycleDone[(cycle + 1) & 1].signal()
    space.signal()
  }

  private func write(_ batch: JournalStage) throws(LogError) {
    do throws(FileError) {
      if durability == .fsync {
        for file in batch.filesToSync {
          try file.file.sync()
          if !file.isNameDurable.load(ordering: .relaxed) { try file.syncName() }
        }
      }
      let (file, start, opens) = try place(batch)
      if opens {
        let header = JournalFile.Header(
          salt: salt, firstNumber: batch.firstNumber, boot: boot, isSynced: durability == .fsync)
        try file.write(batch.recordsBehind(header: header.encoded()), at: 0)
      } else {
        try file.write(batch.records, at: start)
      }
      if durability == .fsync { try file.sync() }
      metrics.commits.increment()
      metrics.journalBytes.increment(by: batch.count)
    } catch {
      throw .storage("the journal failed: \(error)")
    }
  }

  /// Where the batch goes; goes on in the other file when it does not fit in this one.
  private func place(_ batch: JournalStage) throws(FileError) -> (any StoredFile, Int64, opens: Bool) {
    lock.lock()
    defer { lock.unlock() }
    let count = Int64(batch.count)
    while let start = position {
      // While a checkpoint waits for what is queued to be durable, a full file grows rather than wait for it.
      if start + count <= files[current].capacity || (!isOtherFree && checkpointPhase == .copying) {
        position = start + count
        files[current].capacity = max(files[current].capacity, start + count)
        return (files[current].file, start, false)
      }
      if isOtherFree {
        current = 1 - current
        isOtherFree = false
        lastNumberOfOther = batch.firstNumber - 1
        position = nil
        onFileFull()
      } else {
        metrics.commitsHeldBack.increment()
        _ = fileFreed.wait(until: .after(.milliseconds(100)))
        if failure != nil { throw FileError(operation: "commit", path: files[current].file.path, number: 5) }
      }
    }
    position = Int64(JournalFile.headerBytes) + count
    files[current].capacity = max(files[current].capacity, position!)
    return (files[current].file, 0, true)
  }

  // MARK: Checkpoints

  /// A checkpoint begins to take its copies.
  ///
  /// - Returns: the last number given out: every copy will hold what is queued up to it.
  func beginCheckpoint() -> UInt64 {
    lock.withLock {
      checkpointPhase = .copying
      fileFreed.broadcast()
      return nextNumber - 1
    }
  }

  /// The copies' records are durable; the checkpoint is being written.
  func checkpointIsBeingWritten() { lock.withLock { checkpointPhase = .writing } }

  /// The checkpoint is over.
  ///
  /// - Parameters:
  ///   - number: What `beginCheckpoint` answered, when the checkpoint is on disk; nil when it was given up.
  func endCheckpoint(covering number: UInt64?) throws(LogError) {
    let freed = lock.withLock { number.map { !isOtherFree && $0 >= lastNumberOfOther } ?? false }
    if freed { try freeOther() }
    lock.withLock {
      checkpointPhase = .idle
      fileFreed.broadcast()
    }
  }

  /// Brings the file that is not written to up to size, and gives it to the committer: the checkpoint's thread alone
  /// does this, the committer leaves that file alone until it is free.
  private func freeOther() throws(LogError) {
    var file = lock.withLock { files[1 - current] }
    if durability == .fsync { try onDisk { () throws(FileError) in try file.fill(to: fileBytes) } }
    lock.withLock {
      files[1 - current] = file
      isOtherFree = true
      fileFreed.broadcast()
    }
  }

  /// Makes the second file ready, in the background: a new folder starts with a small first one only.
  func prepareFiles() throws(LogError) {
    let isFree = lock.withLock { isOtherFree }
    if !isFree { try freeOther() }
  }

  /// The last number in the file that is not written to.
  private var lastNumberOfOther: UInt64 = 0
}
