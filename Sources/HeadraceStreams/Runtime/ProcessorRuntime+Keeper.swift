internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// What must happen as time passes: retries that are due, deadlines, partitions to read on, figures.
extension ProcessorRuntime {
  private static let tick = Duration.milliseconds(10)

  /// Looks after it until cancelled.
  func keepLoop() async {
    var lastWatch = MonotonicTime.now
    var lastFigures = MonotonicTime.now
    while !Task.isCancelled {
      try? await Task.sleep(for: Self.tick)
      let now = MonotonicTime.now
      let (wake, mayResume) = state.withLock { state -> (Wake, Bool) in
        _ = state.core.wakeRetries(now)
        pumpStash(&state)
        signalCommitIfDue(&state)
        let mayResume = state.lanes.values.contains { $0.isPaused && $0.stash.isEmpty }
        return (planWake(&state), mayResume)
      }
      perform(wake)
      if mayResume { await resumePartitions() }
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

  /// Whether the lane of an item is still open.
  func isHeld(_ item: WorkItem) -> Bool {
    state.withLock { _ in item.lane.phase == .open }
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
