internal import CRdkafka
internal import HeadraceCore
internal import HeadraceTelemetry

/// Transactions: needs `producer.transactionalID`.
///
/// All of these calls run on a thread of the producer's own, one after another, since librdkafka's block; each has a deadline of
/// ours, because `send_offsets_to_transaction` ignores the one it is given. What to do after a throw is in
/// ``KafkaError/recovery``: make the call again, abort, or ``recreate()``.
extension KafkaProducer {
  /// Takes the transactional id over: finishes or aborts what an earlier producer left, and fences it. Once, before the first
  /// transaction; after ``recreate()`` again.
  ///
  /// - Throws: ``KafkaError``; retriable when no coordinator answered within `deadline`.
  public func initTransactions(deadline: Duration = .seconds(60)) async throws(KafkaError) {
    unsafe try await transactionCall("initTransactions", deadline: deadline) { handle, timeout in
      unsafe rd_kafka_init_transactions(handle.pointer, timeout)
    }
    noteTransactionsReady()
  }

  /// Begins a transaction: records written from here on belong to it. Local, no request is sent.
  public func beginTransaction() async throws(KafkaError) {
    unsafe try await transactionCall("beginTransaction", deadline: .seconds(30)) { handle, _ in
      unsafe rd_kafka_begin_transaction(handle.pointer)
    }
  }

  /// Makes committed offsets part of the transaction.
  ///
  /// - Parameters:
  ///   - offsets: for each partition the **next** offset to read, with its metadata (at most 4,096 characters).
  ///   - group: the consumer's metadata as of now: ``KafkaConsumer/groupMetadata()``.
  ///   - deadline: how long it may take.
  /// - Throws: ``KafkaError``. After ``KafkaError/Code/deadlineExceeded`` the call can't be resumed: abort.
  public func sendOffsets(
    _ offsets: [PartitionOffset], group: ConsumerGroupMetadata, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) {
    guard !offsets.isEmpty else { return }
    do throws(KafkaError) {
      unsafe try await transactionCall("sendOffsets", deadline: deadline) { handle, timeout in
        let list = PartitionList(offsets)
        return unsafe list.use {
          unsafe rd_kafka_send_offsets_to_transaction(handle.pointer, $0, group.pointer, timeout)
        }
      }
    } catch {
      guard error.code == .deadlineExceeded || error.code == .timedOut else { throw error }
      var error = error
      error.isRetriable = false
      error.requiresAbort = true
      throw error
    }
  }

  /// Waits for every record of the transaction, then commits.
  ///
  /// - Throws: ``KafkaError``. Retriable: call it again, the outcome stays the same. ``KafkaError/isOutcomeUnknown``: it may
  ///   have been committed; call again, or ``recreate()`` and look.
  public func commitTransaction(deadline: Duration = .seconds(60)) async throws(KafkaError) {
    do throws(KafkaError) {
      unsafe try await transactionCall("commitTransaction", deadline: deadline) { handle, timeout in
        unsafe rd_kafka_commit_transaction(handle.pointer, timeout)
      }
    } catch {
      var error = error
      if error.code == .timedOut || error.code == .deadlineExceeded || error.isFatal { error.isOutcomeUnknown = true }
      if error.code == .timedOut || error.code == .deadlineExceeded { error.isRetriable = true }
      throw error
    }
  }

  /// Takes back every record of the transaction.
  ///
  /// - Throws: ``KafkaError``; retriable: call it again.
  public func abortTransaction(deadline: Duration = .seconds(60)) async throws(KafkaError) {
    unsafe try await transactionCall("abortTransaction", deadline: deadline) { handle, timeout in
      unsafe rd_kafka_abort_transaction(handle.pointer, timeout)
    }
  }

  /// Runs `body` in a transaction: commits when it returns, aborts when it throws.
  ///
  /// A commit that may be tried again is, until `deadline`. When `body` or the commit throws, the transaction is aborted and
  /// the error passed on, for which the abort may take `deadline` once more; a fatal error leaves the producer dead (unless `producer.recreatesAfterFatal`). Where the abort fails too (no
  /// broker answers), the next transaction begins by taking the id over, which ends this one. Only one transaction at a time:
  /// concurrent calls are programmer errors.
  ///
  /// ```swift
  /// try await producer.withTransaction { transaction in
  ///   for record in batch { try await transaction.enqueue(transform(record)) }
  ///   try await transaction.sendOffsets(batch.nextOffsets, group: consumer.groupMetadata())
  /// }
  /// ```
  @discardableResult
  nonisolated(nonsending) public func withTransaction<Result>(
    deadline: Duration = .seconds(60),
    _ body: nonisolated(nonsending) (KafkaTransaction) async throws -> Result
  ) async throws -> Result {
    try await prepareTransactions(deadline: deadline)
    try await beginTransaction()
    let result: Result
    do {
      result = try await body(KafkaTransaction(producer: self))
    } catch {
      if (error as? KafkaError)?.isFatal != true { _ = await abortOrLeaveOpen(deadline: deadline) }
      throw error
    }
    do throws(KafkaError) {
      try await commitWithRetries(deadline: deadline)
      return result
    } catch {
      var error = error
      if !error.isFatal {
        let isAborted = await abortOrLeaveOpen(deadline: deadline)
        // Only what is known not to have happened may be done again.
        error.isOutcomeUnknown = error.isOutcomeUnknown && !isAborted
        error.isRetriable = error.isRetriable && isAborted
      }
      throw error
    }
  }

  /// Returns whether the transaction was aborted.
  nonisolated(nonsending) private func abortOrLeaveOpen(deadline: Duration) async -> Bool {
    do throws(KafkaError) {
      try await abortWithRetries(deadline: deadline)
      return true
    } catch {
      noteTransactionOpen()
      core.context.logger.warning("transaction could not be aborted", [LogKeys.error: error.description])
      return false
    }
  }

  nonisolated(nonsending) private func commitWithRetries(deadline: Duration) async throws(KafkaError) {
    try await retrying(deadline: deadline) { (left) throws(KafkaError) in try await commitTransaction(deadline: left) }
  }

  nonisolated(nonsending) private func abortWithRetries(deadline: Duration) async throws(KafkaError) {
    try await retrying(deadline: deadline) { (left) throws(KafkaError) in try await abortTransaction(deadline: left) }
  }

  /// Repeats a call while its error says that this helps.
  nonisolated(nonsending) private func retrying(
    deadline: Duration, _ call: nonisolated(nonsending) (Duration) async throws(KafkaError) -> Void
  ) async throws(KafkaError) {
    let end = ContinuousClock.now + deadline
    var pause = Duration.milliseconds(20)
    while true {
      do throws(KafkaError) {
        return try await call(max(.milliseconds(1), end - ContinuousClock.now))
      } catch {
        guard error.recovery == .retry, ContinuousClock.now + pause < end, !Task.isCancelled else { throw error }
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(1))
      }
    }
  }

  private func transactionCall(
    _ what: String, deadline: Duration,
    _ call: @escaping @Sendable (ClientHandle, Int32) -> OpaquePointer?
  ) async throws(KafkaError) {
    let core = try usableCore()
    let handle = try core.handle()
    do throws(KafkaError) {
      try await core.awaited { () throws(KafkaError) in
        try await core.lane.run(what, deadline: deadline) { timeout throws(KafkaError) in
          try unsafe KafkaError.check(call(handle, timeout))
        }
      }
    } catch {
      if error.isFatal { _ = core.fatalError() }
      throw error
    }
  }
}
