internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// From what was read to what is admitted. Runs on the consumer's thread.
extension ProcessorRuntime {
  private static let chunk = 128

  /// Admits a batch. What finds no room is stashed; when it still finds none after a moment, its partition is paused.
  func take(_ batch: KafkaBatch) async {
    // Everything that needs no lock is done before it is taken.
    var items: [WorkItem] = []
    items.reserveCapacity(Self.chunk)
    var lane: PartitionLane?
    var place: (topic: String, partition: Int32)?
    for record in batch {
      let topic = record.topic
      let partition = record.partition
      if place?.partition != partition || place?.topic != topic {
        place = (topic, partition)
        lane = state.withLock { $0.lanes[TopicPartition(topic, partition)]?.lane }
      }
      guard let lane else { continue }
      let raw = RawRecord(
        coordinate: RecordCoordinate(topic: topic, partition: partition, offset: record.offset),
        key: record.key, value: record.value, headers: record.headers,
        timestampMilliseconds: record.timestampMilliseconds ?? -1)
      let isAccepted = processor.accepts(raw)
      items.append(WorkItem(record: raw, lane: lane, limits: limits, isAccepted: isAccepted))
      if items.count == Self.chunk {
        admit(items)
        items.removeAll(keepingCapacity: true)
      }
    }
    if !items.isEmpty { admit(items) }
    if batch.count > 0, let observer, isFirstBatch() { observer(.firstRecord) }
    for end in batch.partitionEnds { reachedEnd(end) }
    for error in batch.errors { logger.warning("reading: \(error)") }
    await waitForRoom()
  }

  private func isFirstBatch() -> Bool {
    state.withLock { state in
      defer { state.hasRead = true }
      return !state.hasRead
    }
  }

  private func admit(_ items: [WorkItem]) {
    let wake = state.withLock { state -> Wake in
      var entry: LaneEntry?
      for item in items {
        // What the lane of an earlier assignment had read is dropped: the present one reads it again.
        if entry?.lane !== item.lane { entry = state.entry(of: item.lane) }
        guard let entry, !state.isStopping else { continue }
        if entry.stash.isEmpty {
          if case .full = state.core.admit(item) { stash(item, entry, &state) }
        } else {
          stash(item, entry, &state)
        }
      }
      signalCommitIfDue(&state)
      return planWake(&state)
    }
    perform(wake)
  }

  private func stash(_ item: WorkItem, _ entry: LaneEntry, _ state: inout RuntimeState) {
    entry.stash.append(item)
    state.stashed += 1
    state.stashedBytes += item.byteCount
  }

  private func reachedEnd(_ end: PartitionOffset) {
    state.withLock { state in
      guard let entry = state.lanes[end.topicPartition] else { return }
      entry.end = max(entry.end, end.offset)
      if entry.stash.isEmpty {
        state.core.reachedEnd(of: entry.lane, at: end.offset)
        signalCommitIfDue(&state)
      } else {
        entry.pendingEnd = end.offset
      }
    }
  }

  /// Admits what is stashed, as far as there is room. Called with the lock held.
  func pumpStash(_ state: inout RuntimeState) {
    guard state.stashed > 0 else { return }
    state.finishedSincePump = 0
    for entry in state.lanes.values where !entry.stash.isEmpty {
      while let item = entry.stash.first {
        if case .full = state.core.admit(item) { break }
        _ = entry.stash.popFirst()
        state.stashed -= 1
        state.stashedBytes -= item.byteCount
      }
      if entry.stash.isEmpty {
        if let end = entry.pendingEnd {
          state.core.reachedEnd(of: entry.lane, at: end)
          entry.pendingEnd = nil
        }
      }
    }
  }

  /// Waits for a moment while something is stashed: not polling is the cheapest way to slow the fetcher down. Then
  /// pauses the partitions that found no room, so that the others go on and rebalances are served; sooner where another
  /// one would run dry meanwhile.
  private func waitForRoom() async {
    let began = MonotonicTime.now
    while true {
      let (isThrough, othersStarve, wake) = state.withLock { state -> (Bool, Bool, Wake) in
        pumpStash(&state)
        guard state.stashed > 0, !state.isStopping else { return (true, false, planWake(&state)) }
        let othersStarve = state.lanes.values.contains {
          $0.stash.isEmpty && !$0.isPaused && state.core.isHungry($0.lane)
        }
        return (false, othersStarve, planWake(&state))
      }
      perform(wake)
      if isThrough { return }
      if MonotonicTime.now - began >= .milliseconds(othersStarve ? 4 : 50) { break }
      try? await Task.sleep(for: .milliseconds(2))
    }
    let full = state.withLock { state -> [TopicPartition] in
      let full = state.lanes.filter { !$0.value.stash.isEmpty && !$0.value.isPaused }.map(\.key)
      for place in full { state.lanes[place]!.isPaused = true }
      return full
    }
    guard !full.isEmpty else { return }
    do {
      try await consumer.pause(full)
    } catch {
      logger.warning("partitions could not be paused: \(error)")
      state.withLock { state in for place in full { state.lanes[place]?.isPaused = false } }
    }
  }

  /// Whether a partition can be read on.
  func mayResume(_ entry: LaneEntry, _ state: RuntimeState) -> Bool {
    entry.isPaused && entry.stash.isEmpty && state.core.hasRoom(entry.lane)
  }

  /// Reads on where everything stashed has been admitted and there is room for more.
  func resumePartitions() async {
    let ready = state.withLock { state -> [TopicPartition] in
      let ready = state.lanes.filter { mayResume($0.value, state) }.map(\.key)
      for place in ready { state.lanes[place]!.isPaused = false }
      return ready
    }
    guard !ready.isEmpty else { return }
    do {
      try await consumer.resume(ready)
    } catch {
      logger.warning("partitions could not be resumed: \(error)")
      state.withLock { state in for place in ready { state.lanes[place]?.isPaused = true } }
    }
  }
}
