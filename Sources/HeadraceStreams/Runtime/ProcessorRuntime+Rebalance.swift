internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// Partitions come and go.
extension ProcessorRuntime: RebalanceDelegate {
  /// Reads the journal, ends what a dead owner left open, reads what is acknowledged, and opens a lane for each. Tries
  /// until it succeeds or the partitions are taken away again.
  func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async -> [PartitionStart] {
    let began = MonotonicTime.now
    let number = state.withLock { $0.beginAssignment(of: partitions) }
    var delay = Duration.milliseconds(100)
    while true {
      do {
        let starts = try await open(partitions, assignment: number, by: consumer)
        logger.info(
          "assigned",
          ["partitions": list(partitions), "milliseconds": String((MonotonicTime.now - began).milliseconds)])
        metrics.assignments.increment()
        if MonotonicTime.now - began > Self.hookDeadline - .seconds(10) {
          // Reading may have begun without us, and what was read had no lane: read it again.
          try? await consumer.seek(starts, deadline: .seconds(30))
        }
        return starts
      } catch {
        logger.error("partitions could not be opened: \(error)", ["partitions": list(partitions)])
        let isOver = state.withLock { state in
          state.isStopping || !partitions.contains { state.assignments[$0] == number }
        }
        if Task.isCancelled || isOver { return [] }
        try? await Task.sleep(for: delay)
        delay = min(delay * 2, .seconds(5))
      }
    }
  }

  /// The last short transaction, notes for the next owner, then the lanes are closed.
  func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
    let began = MonotonicTime.now
    // A tenth of the budget is kept for the notes.
    let deadline = began + configuration.revokeBudget * 0.8
    let entries = state.withLock { state -> [LaneEntry] in
      _ = state.beginAssignment(of: partitions)
      let entries = partitions.compactMap { state.lanes[$0] }
      state.core.drain(entries.map(\.lane))
      for place in partitions {
        guard let entry = state.lanes[place] else { continue }
        state.dropStash(of: entry)
        state.lanes[place]!.stash.removeAll()
      }
      return entries
    }
    guard !entries.isEmpty else { return }
    await writeHandOverNotes(for: entries)
    await commitEverything(by: deadline)
    close(entries)
    await releaseJournals(of: entries, isLost: false)
    logger.info(
      "given back", ["partitions": list(partitions), "milliseconds": String((MonotonicTime.now - began).milliseconds)])
    metrics.revocations.increment()
  }

  /// Another member may have them already: nothing is committed.
  func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
    let entries = state.withLock { state in
      _ = state.beginAssignment(of: partitions)
      return partitions.compactMap { state.lanes[$0] }
    }
    close(entries)
    await releaseJournals(of: entries, isLost: true)
    logger.warning("lost", ["partitions": list(partitions)])
    metrics.losses.increment()
  }

  // MARK: Opening

  private func open(
    _ partitions: [TopicPartition], assignment: Int, by consumer: KafkaConsumer
  ) async throws -> [PartitionStart] {
    var journals: [Int32: JournalPartition] = [:]
    var resultPartitions: [Int32: JournalPartition] = [:]
    var owners: [Int32: OwnerNote] = [:]
    // One question after the other would take as long as there are partitions.
    async let watermarks = watermarks(of: partitions, by: consumer)
    do {
      if let journal {
        for number in Set(partitions.map(\.partition)) { journals[number] = try await journal.open(number) }
        if let results, results !== journal {
          for number in Set(partitions.map(\.partition)) { resultPartitions[number] = try await results.open(number) }
        }
        for (number, partition) in journals {
          try await withTimeLimit(.seconds(120)) { try await partition.waitUntilRestored() }
          if let owner = partition.owner { owners[number] = owner }
        }
        for partition in resultPartitions.values {
          try await withTimeLimit(.seconds(120)) { try await partition.waitUntilRestored() }
        }
      }
      await endTransactions(of: Set(owners.values.map(\.transactionalId)).subtracting([transactionalID, ""]))
      try await writeOwnerNotes(on: Array(journals.values))
      let committed = try await consumer.committed(partitions, deadline: .seconds(30))
      var starts: [PartitionStart] = []
      var entries: [LaneEntry] = []
      for place in partitions {
        let stored = committed.first { $0.topicPartition == place }
        guard let watermarks = try await watermarks[place] else { continue }
        let partition = journals[place.partition]
        let ledger = ledger(for: place, stored, watermarks)
        let notes = (partition?.attempts() ?? [:]).filter {
          $0.key.topic == place.topic && $0.key.partition == place.partition && !ledger.isDone($0.key.offset)
        }
        let isUnclean = owners[place.partition] != nil
        let lane = PartitionLane(
          topic: place.topic, partition: place.partition, ledger: ledger,
          attempts: Dictionary(uniqueKeysWithValues: notes.map { ($0.key.offset, $0.value) }),
          suspectsEnd: isUnclean ? min(watermarks.high, ledger.base + Ledger.denseSpan) : 0)
        let entry = LaneEntry(
          lane: lane, journal: partition, results: resultPartitions[place.partition] ?? partition)
        entry.end = watermarks.high
        entries.append(entry)
        starts.append(PartitionStart(place, .at(ledger.base)))
      }
      let gone = state.withLock { state -> [LaneEntry] in
        var gone: [LaneEntry] = []
        for entry in entries {
          let place = TopicPartition(entry.lane.topic, entry.lane.partition)
          // Taken away again while it was being opened: it must not be opened at all.
          guard state.assignments[place] == assignment else {
            gone.append(entry)
            continue
          }
          state.lanes[place] = entry
          state.core.open(entry.lane)
        }
        return gone
      }
      if !gone.isEmpty { await releaseJournals(of: gone, isLost: true) }
      return starts
    } catch {
      if let journal { for partition in journals.values { await journal.close(partition) } }
      if let results { for partition in resultPartitions.values { await results.close(partition) } }
      throw error
    }
  }

  private func watermarks(
    of partitions: [TopicPartition], by consumer: KafkaConsumer
  ) async throws -> [TopicPartition: Watermarks] {
    try await withThrowingTaskGroup(of: (TopicPartition, Watermarks).self) { group in
      for place in partitions {
        group.addTask { (place, try await consumer.watermarks(of: place, deadline: .seconds(10))) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  /// What is acknowledged, from a committed offset and its metadata.
  private func ledger(for place: TopicPartition, _ stored: PartitionOffset?, _ watermarks: Watermarks) -> Ledger {
    guard let stored, stored.offset >= 0 else {
      return Ledger(base: configuration.start == .latest ? watermarks.high : watermarks.low)
    }
    guard stored.offset <= watermarks.high else {
      logger.error(
        "the committed offset lies beyond the partition's end: was the topic made anew? Starting at its oldest record",
        ["partition": place.description, "committed": String(stored.offset), "end": String(watermarks.high)])
      return Ledger(base: watermarks.low)
    }
    switch AckMetadata.decode(stored.metadata, committedOffset: stored.offset) {
    case .valid(let metadata): return metadata.ledger
    case .absent: return Ledger(base: stored.offset)
    case .ignored(let reason):
      metrics.ignoredMetadata.increment()
      logger.error(
        "the metadata of the committed offset is not to be believed: starting at the offset itself; records beyond it "
          + "that were acknowledged are handled again",
        ["partition": place.description, "offset": String(stored.offset), "reason": reason])
      return Ledger(base: stored.offset)
    }
  }

  /// Aborts what dead owners left open: until that is done, the committed offset cannot be read, and readers of the
  /// outputs hang. A living one is fenced by it and begins anew.
  private func endTransactions(of ids: Set<String>) async {
    await withTaskGroup(of: Void.self) { group in
      for id in ids {
        group.addTask {
          var configuration = self.kafka
          configuration.producer.transactionalID = id
          configuration.producer.transactionTimeout = self.configuration.transactionTimeout
          do {
            let throwaway = try KafkaProducer(configuration: configuration)
            do {
              try await throwaway.initTransactions(deadline: .seconds(20))
              self.logger.notice("ended what a former owner may have left open", ["transactionalId": id])
            } catch {
              self.logger.warning("a former owner's transaction could not be ended: \(error)", ["transactionalId": id])
            }
            _ = await throwaway.close(deadline: .seconds(2))
          } catch {
            self.logger.warning("a former owner's transaction could not be ended: \(error)", ["transactionalId": id])
          }
        }
      }
    }
  }

  // MARK: Notes

  /// Who we are, before anything of a partition starts: a successor that finds the note standing knows that we died, that
  /// a transaction of ours may be open, and that a record may have been the cause.
  private func writeOwnerNotes(on partitions: [JournalPartition]) async throws {
    guard let journal, !partitions.isEmpty else { return }
    let value = try JournalCoding.encode(
      OwnerNote(
        member: (try? consumer.memberID) ?? "", transactionalId: transactional == nil ? "" : transactionalID))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for partition in partitions {
        group.addTask { _ = try await journal.write(.owner(partition: partition.number), value, on: partition) }
      }
      try await group.waitForAll()
    }
  }

  /// How long a note of a call in progress is good without news of its owner.
  private var handOverLease: Duration { max(.seconds(1), configuration.sessionTimeout / 2) }

  /// Calls in progress are paid for: the next owner waits for their results instead of paying again.
  private func writeHandOverNotes(for entries: [LaneEntry]) async {
    let partitions = unique(entries.compactMap(\.results))
    state.withLock { state in
      state.handedOver += partitions
      state.handOverNotesDue = .now + handOverLease / 4
    }
    for partition in partitions { await writeHandOverNotes(of: partition) }
  }

  private func writeHandOverNotes(of partition: JournalPartition) async {
    guard let results else { return }
    let notes = partition.callsInProgress.compactMap { call -> (key: JournalKey, value: [UInt8]?)? in
      let note = HandOverNote(deadline: call.deadline, lease: handOverLease.milliseconds)
      guard let value = try? JournalCoding.encode(note) else { return nil }
      return (.handOver(partition: partition.number, call.fingerprint), value)
    }
    if !notes.isEmpty { await results.writeSoon(notes, on: partition.number) }
  }

  /// Tells the owners of partitions that were given back that we live, while calls of theirs go on here.
  func renewHandOverNotes(_ now: MonotonicTime) async {
    let partitions = state.withLock { state -> [JournalPartition] in
      guard !state.handedOver.isEmpty, now >= state.handOverNotesDue else { return [] }
      state.handOverNotesDue = now + handOverLease / 4
      state.handedOver.removeAll { $0.callsInProgress.isEmpty }
      return state.handedOver
    }
    for partition in partitions { await writeHandOverNotes(of: partition) }
  }

  private func close(_ entries: [LaneEntry]) {
    let wake = state.withLock { state -> Wake in
      for entry in entries {
        let place = TopicPartition(entry.lane.topic, entry.lane.partition)
        guard let held = state.lanes[place], held.lane === entry.lane else { continue }
        state.dropStash(of: held)
        state.lanes[place] = nil
      }
      state.core.close(entries.map(\.lane))
      return planWake(&state)
    }
    perform(wake)
  }

  private func releaseJournals(of entries: [LaneEntry], isLost: Bool) async {
    guard let journal else { return }
    for partition in unique(entries.compactMap(\.journal)) {
      if !isLost {
        // Written last: a successor that finds no owner need not abort anything.
        do {
          try await withTimeLimit(.seconds(2)) {
            _ = try await journal.write(.owner(partition: partition.number), nil, on: partition)
          }
        } catch {
          logger.warning("the owner note could not be removed: \(error)", ["partition": String(partition.number)])
        }
      }
    }
    for partition in unique(entries.compactMap(\.journal)) { await journal.close(partition) }
    if let results, results !== journal {
      for partition in unique(entries.compactMap(\.results)) { await results.close(partition) }
    }
  }

  private func unique(_ partitions: [JournalPartition]) -> [JournalPartition] {
    var seen: Set<Int32> = []
    return partitions.filter { seen.insert($0.number).inserted }
  }

  private func list(_ partitions: [TopicPartition]) -> String {
    partitions.sorted().map(\.description).joined(separator: " ")
  }
}

/// Runs `body`, and throws when it takes longer.
func withTimeLimit<Result: Sendable>(
  _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      throw ProcessorError(.deadlineExceeded, "it took longer than \(limit)")
    }
    defer { group.cancelAll() }
    return try await group.next()!
  }
}
