internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// One record through its handler, and what follows from how it ended.
extension ProcessorRuntime {
  enum Resolution: Sendable {
    /// Handled, or given up with a dead letter: to be committed with these outputs.
    case done(Outputs, isSuccess: Bool)
    /// Tried again later.
    case later(Duration)
    /// Not to be handled here any more: the partition is gone or the service ends.
    case dropped
  }

  /// Called with the lock held.
  func apply(_ resolution: Resolution, to item: WorkItem, _ state: inout RuntimeState) {
    switch resolution {
    case .done(let outputs, let isSuccess):
      state.core.complete(item, outputs: outputs)
      if isSuccess {
        if !state.failingSinceSuccess.isEmpty { state.failingSinceSuccess = [] }
      } else {
        state.deadLetters += 1
      }
    case .later(let delay):
      state.core.postpone(item, until: MonotonicTime.now + delay)
    case .dropped:
      state.core.giveUp(item)
    }
  }

  /// - Parameter end: When the attempt is cancelled.
  func process(_ item: WorkItem, until end: MonotonicTime) async -> Resolution {
    if item.isSuspect || item.isAlone {
      // The record may have killed a process: the attempt is written before it is made.
      if item.attempts >= configuration.retry.maximumAttempts {
        let failure = ProcessingFailure(
          ProcessorError(.processDied, "the process died \(item.attempts) times while it handled this record"),
          attempts: item.attempts)
        return await giveUp(item, failure)
      }
      guard await note(item, AttemptNote(attempts: item.attempts + 1), isBarrier: true) else {
        return .later(.seconds(1))
      }
    }
    let context = ProcessorContext(
      record: item.record, attempt: item.attempts + 1, end: end, identity: identity,
      environment: RecordEnvironment(runtime: self, item: item))
    do {
      let outputs = try await processor.handle(item.record, context)
      for output in outputs.records where output.byteCount > configuration.maximumOutputBytes {
        throw ProcessorError(
          .tooLarge,
          "an output to \(output.topic) has \(output.byteCount) bytes; at most "
            + "\(configuration.maximumOutputBytes) may be written")
      }
      return .done(outputs, isSuccess: true)
    } catch {
      return await failed(item, error)
    }
  }

  private func failed(_ item: WorkItem, _ error: any Error) async -> Resolution {
    let (isOpen, isStopping) = state.withLock { ($0.lanes.isEmpty ? false : item.lane.phase == .open, $0.isOver) }
    guard isOpen, !isStopping else { return .dropped }
    if let error = error as? ProcessorError, error.code == .revoked { return .dropped }
    let isTimeOut = Task.isCancelled
    let cause: any Error =
      isTimeOut
      ? ProcessorError(.deadlineExceeded, "the handler did not end within \(configuration.handlerDeadline)") : error
    var failure = ProcessingFailure(cause, attempts: item.attempts + 1)
    metrics.failures(of: failure.failureClass).increment()

    item.tries += 1
    let decision = configuration.retry.decision(for: failure, tries: item.tries, unit: Double.random(in: 0..<1))
    switch decision {
    case .pause(let delay):
      state.withLock { $0.limited[failure.failureClass.rawValue, default: 0] += 1 }
      logger.warning(
        "waiting: \(failure.reason)",
        ["record": item.record.coordinate.description, "class": failure.failureClass.rawValue, "for": "\(delay)"])
      if item.isSuspect {
        _ = await note(item, AttemptNote(attempts: item.attempts, failureClass: failure.failureClass))
      }
      return .later(delay)
    case .retry(let delay):
      guard countsAsAttempt(failure, item) else { return .later(delay) }
      item.attempts += 1
      item.failure = failure
      _ = await note(
        item, AttemptNote(attempts: item.attempts, failureClass: failure.failureClass, reason: failure.reason))
      logger.debug(
        "attempt \(item.attempts) failed: \(failure.message)",
        ["record": item.record.coordinate.description, "class": failure.failureClass.rawValue])
      return .later(delay)
    case .giveUp:
      if failure.failureClass == .transient, !countsAsAttempt(failure, item) {
        return .later(configuration.retry.longestDelay * Double.random(in: 0.5..<1))
      }
      item.attempts += 1
      failure.attempts = item.attempts
      return await giveUp(item, failure)
    }
  }

  /// A transient failure does not count while several records fail and none succeeds: then it is an outage.
  private func countsAsAttempt(_ failure: ProcessingFailure, _ item: WorkItem) -> Bool {
    guard failure.failureClass == .transient else { return true }
    return state.withLock { state in
      if state.failingSinceSuccess.count < 1_000 { state.failingSinceSuccess.insert(item.record.coordinate) }
      return state.failingSinceSuccess.count < 3
    }
  }

  private func giveUp(_ item: WorkItem, _ failure: ProcessingFailure) async -> Resolution {
    let record = item.record
    let context = ProcessorContext(
      record: record, attempt: max(1, failure.attempts), end: .now + configuration.handlerDeadline, identity: identity,
      environment: RecordEnvironment(runtime: self, item: item))
    var outputs = Outputs.none
    do {
      outputs = try await processor.deadLettered(record, failure, context)
    } catch {
      logger.error("the dead-letter hook failed: \(error)", ["record": record.coordinate.description])
    }
    outputs.records.removeAll { $0.byteCount > configuration.maximumOutputBytes }
    outputs.append(
      DeadLetterHeaders.output(
        for: record, failure: failure, topic: record.coordinate.topic + configuration.deadLetterSuffix,
        processor: configuration.name, maximumBytes: configuration.maximumOutputBytes))
    metrics.deadLetters.increment()
    logger.warning(
      "dead letter: \(failure.message)",
      [
        "record": record.coordinate.description, "class": failure.failureClass.rawValue, "reason": failure.reason,
        "attempts": String(failure.attempts),
      ])
    return .done(outputs, isSuccess: false)
  }

  /// Writes an attempt note, acknowledged; false when the journal does not answer.
  ///
  /// - Parameter isBarrier: Return only when the journal has been read as far as the note: whatever a former owner that
  ///   was frozen wrote before it is known then.
  private func note(_ item: WorkItem, _ note: AttemptNote, isBarrier: Bool = false) async -> Bool {
    guard let journal, let partition = entry(of: item)?.journal else { return true }
    do {
      let offset = try await journal.write(
        .attempts(item.record.coordinate), JournalCoding.encode(note), on: partition)
      item.hasNote = true
      if isBarrier { return await partition.waitUntilRead(offset, for: .seconds(10)) }
      return true
    } catch {
      logger.error("an attempt note could not be written: \(error)", ["record": item.record.coordinate.description])
      return false
    }
  }

  func entry(of item: WorkItem) -> LaneEntry? {
    state.withLock { $0.entry(of: item.lane) }
  }
}
