internal import HeadraceCore
internal import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// From what was read to what is admitted. Runs on the consumer's thread.
extension ProcessorRuntime {
  private static let chunk = 128

  /// Admits a batch. What finds no room is stashed; when it still finds none after a moment, its partition is paused.
  func take(_ batch: KafkaBatch) async {
    var records: [RawRecord] = []
    records.reserveCapacity(Self.chunk)
    for record in batch {
      records.append(
        RawRecord(
          coordinate: RecordCoordinate(topic: record.topic, partition: record.partition, offset: record.offset),
          key: record.key, value: record.value, headers: record.headers,
          timestampMilliseconds: record.timestampMilliseconds ?? -1))
      if records.count == Self.chunk {
        admit(records)
        records.removeAll(keepingCapacity: true)
      }
    }
    if !records.isEmpty { admit(records) }
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

  private func admit(_ records: [RawRecord]) {
    let accepted = records.map { processor.accepts($0) }
    let wake = state.withLock { state -> Wake in
      var index = 0
      while index < records.count {
        let first = records[index].coordinate
        let place = TopicPartition(first.topic, first.partition)
        guard let entry = state.lanes[place] else {
          index += 1
          continue
        }
        while index < records.count, records[index].coordinate.partition == first.partition,
          records[index].coordinate.topic == first.topic
        {
          let record = records[index]
          if !entry.stash.isEmpty || state.isStopping {
            if !state.isStopping { stash(record, entry, &state) }
          } else if case .full = state.core.admit(record, on: entry.lane, accepts: accepted[index]) {
            stash(record, entry, &state)
          }
          index += 1
        }
      }
      signalCommitIfDue(&state)
      return planWake(&state)
    }
    perform(wake)
  }

  private func stash(_ record: RawRecord, _ entry: LaneEntry, _ state: inout RuntimeState) {
    entry.stash.append(record)
    state.stashed += 1
    state.stashedBytes += record.byteCount
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
      while let record = entry.stash.first {
        if case .full = state.core.admit(record, on: entry.lane, accepts: processor.accepts(record)) { break }
        _ = entry.stash.popFirst()
        state.stashed -= 1
        state.stashedBytes -= record.byteCount
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
  /// pauses the partitions that found no room, so that the others go on and rebalances are served.
  private func waitForRoom() async {
    guard state.withLock({ $0.stashed > 0 && !$0.isStopping }) else { return }
    for _ in 0..<25 {
      try? await Task.sleep(for: .milliseconds(2))
      let (isThrough, wake) = state.withLock { state -> (Bool, Wake) in
        pumpStash(&state)
        return (state.stashed == 0 || state.isStopping, planWake(&state))
      }
      perform(wake)
      if isThrough { return }
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

  /// Reads on where everything stashed has been admitted.
  func resumePartitions() async {
    let ready = state.withLock { state -> [TopicPartition] in
      let ready = state.lanes.filter { $0.value.isPaused && $0.value.stash.isEmpty }.map(\.key)
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
