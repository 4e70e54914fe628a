extension ProcessorCore {
  /// Whether a commit would carry anything.
  package var hasCommitWork: Bool {
    redo != nil || !finished.isEmpty || lanes.contains { $0.isDirty }
  }

  /// Makes the next commit carry every partition: a commit that goes through proves that they are still held.
  package mutating func markAllForCommit() {
    for lane in lanes where lane.phase == .open { lane.isDirty = true }
  }

  /// Takes everything finished so far, up to the bound in bytes, and each partition's state as one snapshot with it.
  /// Nil when there is nothing to commit or a commit is running.
  package mutating func beginCommit(nonce: UInt64) -> CommitBatch? {
    guard !isCommitting, hasCommitWork else { return nil }
    var batch = CommitBatch(nonce: nonce, work: redo?.work ?? [], marks: [], bytes: redo?.bytes ?? 0)
    redo = nil
    batch.work.reserveCapacity(min(batch.work.count + finished.count, limits.commitRecords))
    while batch.work.count < limits.commitRecords,
      let next = finished.popFirst(where: { batch.work.isEmpty || batch.bytes + $0.bytes <= limits.commitBytes })
    {
      batch.work.append(next)
      batch.bytes += next.bytes
      next.item.lane.ledger.finish(next.item.offset)
      next.item.lane.isDirty = true
    }
    for lane in lanes where lane.isDirty && lane.phase != .closed {
      lane.isDirty = false
      batch.marks.append(
        CommitBatch.Mark(
          lane: lane, base: lane.ledger.base, metadata: AckMetadata.encode(lane.ledger, nonce: nonce)))
    }
    isCommitting = true
    return batch
  }

  /// The commit went through: its records are acknowledged. Returns those whose attempt notes are to be removed.
  package mutating func commitSucceeded(_ batch: CommitBatch) -> [WorkItem] {
    isCommitting = false
    finishedBytes -= batch.bytes
    counters.commits += 1
    counters.committed += batch.work.count
    for mark in batch.marks { mark.lane.committed = mark.base }
    var noted: [WorkItem] = []
    for work in batch.work {
      if work.item.isAlone { aloneInProgress = 0 }
      if work.item.hasNote { noted.append(work.item) }
    }
    return noted
  }

  /// The commit did not go through: its outputs are written again with the next one, and nothing is called again.
  package mutating func commitFailed(_ batch: CommitBatch) {
    isCommitting = false
    counters.aborts += 1
    var batch = batch
    finishedBytes -= batch.bytes
    batch.work.removeAll { work in
      guard work.item.lane.phase == .closed else { return false }
      if work.item.isAlone { aloneInProgress = 0 }
      return true
    }
    batch.bytes = batch.work.reduce(0) { $0 + $1.bytes }
    finishedBytes += batch.bytes
    for mark in batch.marks where mark.lane.phase != .closed { mark.lane.isDirty = true }
    redo = batch
  }
}
