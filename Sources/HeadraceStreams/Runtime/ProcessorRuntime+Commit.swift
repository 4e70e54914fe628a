internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// The committer: everything that is finished, in one short transaction after the other.
extension ProcessorRuntime {
  /// Called with the lock held, after something may have become due for a commit.
  func signalCommitIfDue(_ state: inout RuntimeState) {
    guard !state.isCommitSignalled, !state.core.isCommitting, state.core.hasCommitWork else { return }
    state.isCommitSignalled = true
    commitSignal.raise()
  }

  /// Commits when something is finished and the pace allows it, until cancelled.
  func commitLoop() async {
    var pace = CommitPace(interval: configuration.commitInterval, now: .now)
    var backOff = BackoffPolicy(initial: .milliseconds(50), maximum: .seconds(5))
    backOff.factor = 2
    var failures = 0
    while !Task.isCancelled {
      await commitSignal.wait()
      state.withLock { $0.isCommitSignalled = false }
      await waitUntilDue(pace.due)
      if Task.isCancelled { return }
      let began = MonotonicTime.now
      let records = await commitLock.withLock { await commitOnce(by: began + configuration.transactionTimeout) }
      pace.note(began: began, ended: .now, records: records)
      failures = records == nil ? failures + 1 : 0
      if failures > 0 { try? await Task.sleep(for: backOff.delay(afterAttempt: min(failures, 10))) }
      let wake = state.withLock { state -> Wake in
        pumpStash(&state)
        signalCommitIfDue(&state)
        return planWake(&state)
      }
      perform(wake)
    }
  }

  /// Waits for the time of the next commit, or until so much is finished that it is not worth waiting for.
  private func waitUntilDue(_ due: MonotonicTime) async {
    while !state.withLock({ $0.core.finishedBytes >= configuration.commitBytes }) {
      let left = due - .now
      guard left > .zero, !Task.isCancelled else { return }
      try? await Task.sleep(for: min(left, .milliseconds(10)))
    }
  }

  /// Commits until nothing finished is left, within a budget: before partitions are given back.
  func commitEverything(by deadline: MonotonicTime) async {
    while MonotonicTime.now < deadline {
      let isThrough = await commitLock.withLock { await commitOnce(by: deadline) } != nil
      if isThrough, state.withLock({ !$0.core.hasCommitWork }) { return }
      if !isThrough { try? await Task.sleep(for: .milliseconds(20)) }
    }
  }

  /// One commit: how many records it acknowledged, 0 when there was nothing to commit; nil when it did not go through.
  /// The caller holds `commitLock`.
  func commitOnce(by deadline: MonotonicTime) async -> Int? {
    let group: ConsumerGroupMetadata
    do {
      // Before the snapshot: metadata older than the lanes is fenced by the broker, the other way round is not.
      group = try consumer.groupMetadata()
    } catch {
      return nil
    }
    let nonce = UInt64.random(in: .min ... .max)
    guard let batch = state.withLock({ $0.core.beginCommit(nonce: nonce) }) else { return 0 }
    let began = MonotonicTime.now
    let isThrough: Bool
    do {
      if let transactional {
        isThrough = try await commitTransaction(batch, group: group, on: transactional, by: deadline)
      } else {
        isThrough = try await commitAtLeastOnce(batch, by: deadline)
      }
    } catch {
      isThrough = false
      commitDidFail(error, batch)
    }
    guard isThrough else {
      state.withLock { $0.core.commitFailed(batch) }
      return nil
    }
    let noted = state.withLock { state -> [WorkItem] in
      state.commitFailures = 0
      state.lastCommitError = nil
      return state.core.commitSucceeded(batch)
    }
    metrics.commitSeconds.observe((MonotonicTime.now - began).seconds)
    metrics.committed.increment(by: batch.work.count)
    observer?(.committed(batch.work.map(\.item.record.timestampMilliseconds)))
    if !noted.isEmpty, let journal {
      for (partition, items) in Dictionary(grouping: noted, by: { $0.lane.partition }) {
        await journal.writeSoon(items.map { (.attempts($0.record.coordinate), nil) }, on: partition)
      }
    }
    return batch.work.count
  }

  // MARK: Exactly once

  private func commitTransaction(
    _ batch: CommitBatch, group: ConsumerGroupMetadata, on producer: KafkaProducer, by deadline: MonotonicTime
  ) async throws -> Bool {
    try await prepareTransactions(on: producer, by: deadline)
    do {
      try await producer.beginTransaction()
      var cursor = CommitBatch.OutputCursor()
      try await producer.enqueue(count: batch.outputCount) { _ in ProducerRecord(cursor.next(in: batch)) }
      guard isStillHeld(batch) else {
        try await producer.abortTransaction(deadline: timeLeft(deadline))
        return false
      }
      try await producer.sendOffsets(batch.offsets, group: group, deadline: timeLeft(deadline))
    } catch {
      await recover(from: error, on: producer, by: deadline)
      throw error
    }
    do {
      try await producer.commitTransaction(deadline: timeLeft(deadline))
      return true
    } catch {
      return try await settleCommit(error, batch, on: producer, by: deadline)
    }
  }

  /// A commit that ended with an error: tries again where that is the way, else finds out from the group's own
  /// metadata which side won.
  private func settleCommit(
    _ first: KafkaError, _ batch: CommitBatch, on producer: KafkaProducer, by deadline: MonotonicTime
  ) async throws -> Bool {
    var error = first
    while error.recovery == .retry, MonotonicTime.now < deadline {
      try? await Task.sleep(for: .milliseconds(20))
      do {
        try await producer.commitTransaction(deadline: timeLeft(deadline))
        return true
      } catch let again {
        error = again
      }
    }
    if error.requiresAbort, !error.isOutcomeUnknown {
      await recover(from: error, on: producer, by: deadline)
      throw error
    }
    // The producer's next initialisation ends the old transaction, one way or the other; then the log tells.
    try await producer.recreate()
    isTransactionalReady.withLock { $0 = false }
    try await prepareTransactions(on: producer, by: MonotonicTime.now + .seconds(30))
    guard let mark = batch.marks.first(where: { mark in state.withLock { _ in mark.lane.phase != .closed } }) else {
      throw error
    }
    let place = TopicPartition(mark.lane.topic, mark.lane.partition)
    let read = try await consumer.committed([place], deadline: .seconds(30))
    guard let stored = read.first,
      case .valid(let metadata) = AckMetadata.decode(stored.metadata, committedOffset: stored.offset),
      metadata.nonce == batch.nonce
    else { throw error }
    logger.notice("a commit of unknown outcome had gone through", ["error": error.name])
    return true
  }

  private func recover(from error: KafkaError, on producer: KafkaProducer, by deadline: MonotonicTime) async {
    do {
      switch error.recovery {
      case .recreateClient:
        // Fenced: by a successor that found our note, or by the broker's time-out. What was open is aborted.
        isTransactionalReady.withLock { $0 = false }
        try await producer.recreate()
      case .abortTransaction, .retry, .none:
        try await producer.abortTransaction(deadline: max(.seconds(5), timeLeft(deadline)))
      }
    } catch {
      isTransactionalReady.withLock { $0 = false }
      try? await producer.recreate()
    }
  }

  private func prepareTransactions(on producer: KafkaProducer, by deadline: MonotonicTime) async throws {
    guard !isTransactionalReady.withLock({ $0 }) else { return }
    if producer.fatalError != nil { try await producer.recreate() }
    try await producer.initTransactions(deadline: max(.seconds(1), timeLeft(deadline)))
    isTransactionalReady.withLock { $0 = true }
  }

  /// Whether all lanes of a batch are still ours: lost ones must not be committed under a later generation.
  private func isStillHeld(_ batch: CommitBatch) -> Bool {
    state.withLock { _ in batch.marks.allSatisfy { $0.lane.phase != .closed } }
  }

  // MARK: At least once

  private func commitAtLeastOnce(_ batch: CommitBatch, by deadline: MonotonicTime) async throws -> Bool {
    let records = batch.work.flatMap { work in work.outputs.records.map(ProducerRecord.init) }
    if !records.isEmpty {
      for result in try await producer.send(contentsOf: records) { _ = try result.get() }
    }
    guard isStillHeld(batch) else { return false }
    try await consumer.commit(batch.offsets, deadline: timeLeft(deadline))
    return true
  }

  // MARK: Helpers

  private func commitDidFail(_ error: any Error, _ batch: CommitBatch) {
    let failures = state.withLock { state -> Int in
      state.commitFailures += 1
      state.lastCommitError = String(describing: error)
      return state.commitFailures
    }
    metrics.abortedCommits.increment()
    if failures.nonzeroBitCount == 1 {
      logger.warning(
        "a commit did not go through; its outputs are written again with the next one",
        ["error": String(describing: error), "records": String(batch.work.count), "inARow": String(failures)])
    }
  }

  private func timeLeft(_ deadline: MonotonicTime) -> Duration { max(.milliseconds(100), deadline - .now) }
}

extension CommitBatch {
  /// What is committed, with its metadata.
  var offsets: [PartitionOffset] {
    marks.map {
      PartitionOffset(TopicPartition($0.lane.topic, $0.lane.partition), $0.base, metadata: $0.metadata)
    }
  }
}

extension ProducerRecord {
  init(_ output: Output) {
    self.init(
      topic: output.topic, partition: output.partition, key: output.key, value: output.value, headers: output.headers,
      timestamp: output.timestampMilliseconds.map { Date(milliseconds: $0) })
  }
}
