internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry

/// What the context of one record can do.
struct RecordEnvironment: ProcessorEnvironment {
  let runtime: ProcessorRuntime
  let item: WorkItem

  var logger: Logger { runtime.logger }
  var clusterID: String { runtime.clusterID }

  func result(
    for fingerprint: CallFingerprint, context: ProcessorContext,
    perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> (result: CallResult, isFromJournal: Bool) {
    let mode = runtime.configuration.journalMode
    guard mode != .off, let (journal, partition) = try place() else { return (try await perform(), false) }
    let key = JournalKey.result(fingerprint)
    runtime.countCall(of: item, by: 1)
    defer { runtime.countCall(of: item, by: -1) }
    let deadline = Date.now.milliseconds + context.timeLeft.milliseconds
    var unreadable: Int64?
    while true {
      guard runtime.isHeld(item) else {
        throw ProcessorError(.revoked, "partition \(item.lane.topic)/\(item.lane.partition) has been given back")
      }
      try Task.checkCancellation()
      switch partition.next(fingerprint, mode: mode, deadline: deadline, unreadable: unreadable) {
      case .read(let offset):
        if let value = try await journal.value(of: key, at: offset, on: partition) { return (try found(value), true) }
        // Deleted meanwhile, or another key with the same hash.
        unreadable = offset
      case .missing:
        throw ProcessorError(.journalMiss, "the journal has no result for \(fingerprint), and it must not be paid for")
      case .waitForFormerOwner(let left):
        runtime.metrics.handOverWaits.increment()
        // Not longer, so that it is noticed when the partition is taken away meanwhile.
        await partition.waitForNews(of: fingerprint, atMost: min(left, .milliseconds(500)))
      case .endFormerOwner:
        await endFormerOwner(fingerprint, journal, partition)
      case .waitForFlight:
        let before = partition.offset(of: key)
        await partition.waitForFlight(fingerprint)
        // A fresh answer was asked for, and this one is.
        if mode == .refresh, let offset = partition.offset(of: key), offset != before,
          let value = try await journal.value(of: key, at: offset, on: partition)
        {
          return (try found(value), true)
        }
      case .pay:
        return (try await pay(fingerprint, key, journal, partition, perform), false)
      }
    }
  }

  private func found(_ value: [UInt8]) throws -> CallResult {
    runtime.metrics.journalHits.increment()
    return try JournalCoding.decode(CallResult.self, from: value)
  }

  private func pay(
    _ fingerprint: CallFingerprint, _ key: JournalKey, _ journal: Journal, _ partition: JournalPartition,
    _ perform: @escaping @Sendable () async throws -> CallResult
  ) async throws -> CallResult {
    defer { partition.leaveFlight(fingerprint) }
    try await runtime.waitUntilCertain(item)
    try runtime.spend.check()
    do {
      let result = try await perform()
      runtime.spend.add(result.usage.cost)
      runtime.metrics.journalMisses.increment()
      // It is paid for: it goes into the journal whatever has happened to the partition or to this task meanwhile.
      let value = try JournalCoding.encode(result)
      try await Task.detached { try await write(key, value, journal, partition) }.value
      await endHandOver(fingerprint, journal, partition)
      return result
    } catch {
      await endHandOver(fingerprint, journal, partition)
      throw error
    }
  }

  private func write(_ key: JournalKey, _ value: [UInt8], _ journal: Journal, _ partition: JournalPartition)
    async throws
  {
    var delay = Duration.milliseconds(50)
    for attempt in 1...8 {
      do {
        try await journal.write(key, value, on: partition)
        return
      } catch {
        runtime.logger.error("a paid result could not be written (attempt \(attempt)): \(error)")
        if attempt == 8 { throw ProcessorError(.journal, "a paid result could not be written: \(error)") }
        try await Task.sleep(for: delay)
        delay = min(delay * 2, .seconds(2))
      }
    }
  }

  /// Where the partition has been given back meanwhile, its new owner waits: tell it that the call has ended.
  private func endHandOver(_ fingerprint: CallFingerprint, _ journal: Journal, _ partition: JournalPartition) async {
    partition.callEnded(fingerprint)
    guard !runtime.isHeld(item) else { return }
    await journal.writeSoon([(.handOver(partition: partition.number, fingerprint), nil)], on: partition.number)
  }

  /// Ends a former owner's note. Once that has been read back, whatever its owner wrote before is known.
  private func endFormerOwner(
    _ fingerprint: CallFingerprint, _ journal: Journal, _ partition: JournalPartition
  ) async {
    runtime.logger.notice(
      "a former owner's call is not waited for any longer", ["record": item.record.coordinate.description])
    let key = JournalKey.handOver(partition: partition.number, fingerprint)
    if let offset = try? await journal.write(key, nil, on: partition),
      await partition.waitUntilRead(offset, for: .seconds(10))
    {
      return
    }
    try? await Task.sleep(for: .milliseconds(100))
  }

  func firstSeen(_ id: String, _ note: FirstSeenNote, context: ProcessorContext) async throws -> FirstSeenNote {
    guard let journal = runtime.journal, let partition = runtime.entry(of: item)?.journal else {
      if runtime.journal == nil { return note }
      throw ProcessorError(.revoked, "partition \(item.lane.topic)/\(item.lane.partition) has been given back")
    }
    let key = JournalKey.firstSeen(id)
    if let value = try await journal.value(of: key, on: partition) {
      return try JournalCoding.decode(FirstSeenNote.self, from: value)
    }
    guard runtime.isHeld(item) else {
      throw ProcessorError(.revoked, "partition \(item.lane.topic)/\(item.lane.partition) has been given back")
    }
    try await journal.write(key, JournalCoding.encode(note), on: partition)
    return note
  }

  func emitProgress(_ output: Output) {
    let producer = runtime.producer
    Task.detached { try? await producer.enqueue(ProducerRecord(output)) }
  }

  private func place() throws -> (Journal, JournalPartition)? {
    guard let results = runtime.results else { return nil }
    guard let partition = runtime.entry(of: item)?.results else {
      throw ProcessorError(.revoked, "partition \(item.lane.topic)/\(item.lane.partition) has been given back")
    }
    return (results, partition)
  }
}
