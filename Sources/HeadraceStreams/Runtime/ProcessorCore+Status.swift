extension ProcessorCore {
  /// Bytes held, as the budgets count them: records, and outputs that wait for a commit.
  package var heldBytes: Int { lanes.reduce(finishedBytes) { $0 + $1.heldCost + $1.ledger.byteCount } + retryCost }

  /// One partition, seen from outside.
  func status(of lane: PartitionLane, end: Int64, stashed: Int, now: Int64) -> PartitionStatus {
    let ledger = lane.ledger
    let doneBeyondBase = ledger.span - Int64(ledger.undone)
    let pending = max(0, end - ledger.base - doneBeyondBase)
    let dense = Double(ledger.span) / Double(Ledger.denseSpan)
    let sparse = max(
      Double(ledger.undone) / Double(Ledger.sparseUndone), Double(ledger.span) / Double(Ledger.longestSpan))
    return PartitionStatus(
      topic: lane.topic, partition: lane.partition, base: ledger.base, end: end, pending: pending,
      windowSpan: ledger.span, windowUse: min(1, min(dense, sparse)), inProgress: lane.inProgress,
      waiting: lane.heldRecords - lane.inProgress + stashed, retrying: lane.retrying,
      oldestAgeSeconds: lane.oldestUndoneMilliseconds().map { max(0, Double(now - $0) / 1000) },
      whyNotFaster: reason(lane, pending: pending))
  }

  private func reason(_ lane: PartitionLane, pending: Int64) -> WhyNotFaster {
    if pending == 0 { return .empty }
    if isPaused { return .permit }
    if finishedBytes >= limits.commitBytes { return .commit }
    let isWaiting = lane.heldRecords > lane.inProgress
    if lane.fullness == .window || lane.fullness == .budget, inProgress < limits.slots { return .window }
    if lane.retrying > 0, !isWaiting || lane.retrying >= lane.heldRecords { return .provider }
    if inProgress >= limits.slots { return .permit }
    if lane.keys.waiting > 0 || lane.fullness == .key { return .key }
    if lane.retrying > 0 { return .provider }
    return lane.inProgress > 0 ? .permit : .empty
  }
}
