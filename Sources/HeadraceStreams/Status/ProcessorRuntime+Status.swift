internal import FoundationEssentials
internal import HeadraceCore
internal import Synchronization

extension ProcessorRuntime {
  /// A snapshot.
  func status() -> ProcessorStatus {
    let now = Date.now.milliseconds
    return state.withLock { state in
      let core = state.core
      let partitions = state.lanes.values.map { entry in
        core.status(of: entry.lane, end: max(entry.end, entry.lane.ledger.top), stashed: entry.stash.count, now: now)
      }.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
      let busiest = partitions.max { $0.pending < $1.pending }
      let phase: ProcessorStatus.State =
        state.isStopping ? .stopping : core.isPaused ? .paused : state.lanes.isEmpty ? .joining : .running
      return ProcessorStatus(
        name: configuration.name, group: configuration.group, state: phase, slots: core.limits.slots,
        slotsBusy: core.inProgress, bufferedBytes: core.heldBytes + state.stashedBytes, stuckHandlers: state.stuck,
        committed: core.counters.committed, deadLetters: state.deadLetters, commits: core.counters.commits,
        aborts: core.counters.aborts,
        lastCommitError: state.lastCommitError, partitions: partitions,
        scaling: ScalingSignal(
          pending: partitions.reduce(0) { $0 + $1.pending }, perSecond: rate.perSecond(core.counters.committed),
          reason: busiest?.whyNotFaster ?? .empty,
          slotsBusyShare: Double(core.inProgress) / Double(core.limits.slots)))
    }
  }
}
