internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// What must happen as time passes: retries that are due, deadlines, partitions to read on, figures.
extension ProcessorRuntime {
  /// While records are held: retries and deadlines are kept to this.
  private static let tick = Duration.milliseconds(10)
  /// While nothing is held, nothing can be due: an idle process should cost next to nothing.
  private static let idleTick = Duration.milliseconds(200)

  /// Looks after it until cancelled.
  func keepLoop() async {
    var lastWatch = MonotonicTime.now
    var lastFigures = MonotonicTime.now
    var isIdle = false
    while !Task.isCancelled {
      try? await Task.sleep(for: isIdle ? Self.idleTick : Self.tick)
      let now = MonotonicTime.now
      if noteTick(now) { await proveMembership() }
      let (wake, isRoom) = state.withLock { state -> (Wake, Bool) in
        isIdle = state.lanes.values.allSatisfy { $0.lane.heldRecords == 0 && $0.stash.isEmpty && !$0.isPaused }
        _ = state.core.wakeRetries(now)
        pumpStash(&state)
        signalCommitIfDue(&state)
        return (planWake(&state), state.lanes.values.contains { mayResume($0, state) })
      }
      perform(wake)
      if isRoom { await resumePartitions() }
      await renewHandOverNotes(now)
      if now - lastWatch > .milliseconds(100) {
        lastWatch = now
        watchDeadlines(now)
      }
      if now - lastFigures > .seconds(1) {
        lastFigures = now
        metrics.record(status())
      }
    }
  }

  // MARK: Doubt

  /// A process that was suspended for longer than this may have lost its partitions without knowing it yet.
  private var longestSilence: Duration { configuration.sessionTimeout / 3 }

  /// True while membership is in doubt.
  private func noteTick(_ now: MonotonicTime) -> Bool {
    let wasSilent = lastTick.withLock { last in
      defer { last = now }
      return now - last > longestSilence
    }
    return state.withLock { state in
      if wasSilent { state.core.isDoubtful = true }
      return state.core.isDoubtful
    }
  }

  /// A commit under the group's generation goes through only for a member that still holds its partitions.
  private func proveMembership() async {
    let isProved = await commitLock.withLock {
      state.withLock { $0.core.markAllForCommit() }
      return await commitOnce(by: MonotonicTime.now + .seconds(5)) != nil
    }
    guard isProved else { return }
    state.withLock { $0.core.isDoubtful = false }
    logger.notice("the process was suspended; its partitions are still its own")
  }

  /// Waits before money is spent, while it is in doubt that the partition is still ours; throws when it is not.
  ///
  /// A suspended process wakes with a journal that it has not read on: another owner may have paid already.
  func waitUntilCertain(_ item: WorkItem) async throws {
    while true {
      let isSilent = lastTick.withLock { MonotonicTime.now - $0 > longestSilence }
      let (isDoubtful, isOpen) = state.withLock { state in (state.core.isDoubtful, item.lane.phase == .open) }
      guard isOpen else {
        throw ProcessorError(.revoked, "partition \(item.lane.topic)/\(item.lane.partition) has been given back")
      }
      if !isSilent, !isDoubtful { return }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Whether the lane of an item is still open.
  func isHeld(_ item: WorkItem) -> Bool {
    state.withLock { _ in item.lane.phase == .open }
  }

  /// A handler enters a journaled call or leaves it.
  func countCall(of item: WorkItem, by change: Int) {
    state.withLock { state in
      let wasAtCall = item.openCalls > 0
      item.openCalls += change
      state.atCalls += (item.openCalls > 0 ? 1 : 0) - (wasAtCall ? 1 : 0)
    }
  }

  /// Writes a resource of the control topic, best effort.
  func publish(_ id: String, _ value: JSONValue, on topic: String) async {
    try? await producer.enqueue(ProducerRecord(topic: topic, key: Array(id.utf8), value: value.bytes))
  }

  func setPaused(_ isPaused: Bool) {
    let wake = state.withLock { state -> Wake in
      guard !state.isStopping else { return Wake() }
      state.core.isPaused = isPaused
      return planWake(&state)
    }
    perform(wake)
  }
}
