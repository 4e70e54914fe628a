internal import CRdkafka
internal import Synchronization

/// Where partitions are read and which are paused: on the polling thread, inside a ``command(_:)``.
extension ConsumerLoop {
  /// For a call of librdkafka. Without a group nothing is stored: what `startWhenNoOffset` says, with no question to a coordinator.
  func list(_ starts: [PartitionStart]) -> PartitionList {
    guard settings.groupID == nil, settings.startWhenNoOffset != .fail else { return PartitionList(starts) }
    let instead: StartOffset = settings.startWhenNoOffset == .latest ? .end : .beginning
    return PartitionList(starts.map { PartitionStart($0.topicPartition, $0.start == .stored ? instead : $0.start) })
  }

  // MARK: Pausing

  var paused: Set<TopicPartition> { state.withLock { $0.paused } }

  func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
    let list = PartitionList(partitions)
    try unsafe list.check { unsafe rd_kafka_pause_partitions(pointer, $0) }
    let done = list.offsets.filter { $0.error == nil }.map(\.topicPartition)
    state.withLock { $0.paused.formUnion(done) }
    try list.check()
  }

  func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
    let paused = state.withLock { state in
      let paused = partitions.filter { state.paused.contains($0) }
      state.paused.subtract(paused)
      return paused
    }
    guard !paused.isEmpty else { return }
    let list = PartitionList(paused)
    try unsafe list.check { unsafe rd_kafka_resume_partitions(pointer, $0) }
    try list.check()
    unsafe prefetch.wakeAfterResume(pointer)
  }

  /// Before partitions go: librdkafka would have them paused when they come again.
  func forgetPauses(_ partitions: [TopicPartition]) {
    do throws(KafkaError) { try resume(partitions) } catch { context.report(error) }
  }

  // MARK: Seeking

  func seek(_ starts: [PartitionStart], timeout: Int32) throws(KafkaError) {
    let list = list(starts)
    try unsafe list.check { unsafe rd_kafka_seek_partitions(pointer, $0, timeout) }
    let stopped = stoppedPartitions(list)
    if let error = list.offsets.lazy.compactMap(\.error).first(where: { !stopped.contains($0.place) }) { throw error }
    discard(starts.map(\.topicPartition))
    if !stopped.isEmpty { try restart(starts.filter { stopped.contains($0.topicPartition) }) }
  }

  /// Partitions of the assignment that can't be sought: librdkafka stops to read where an offset is gone and `startWhenNoOffset` is
  /// `.fail`.
  private func stoppedPartitions(_ list: PartitionList) -> Set<TopicPartition> {
    let failed = list.offsets.filter { $0.error?.code == .wrongState }.map(\.topicPartition)
    return failed.isEmpty ? [] : Set(failed).intersection(assignment())
  }

  /// Gives partitions that are no longer read to librdkafka again.
  private func restart(_ starts: [PartitionStart]) throws(KafkaError) {
    let isEager = unsafe rd_kafka_rebalance_protocol(pointer).map { unsafe String(cString: $0) } == "EAGER"
    guard isEager else {
      try unsafe PartitionList(starts.map(\.topicPartition)).check { unsafe rd_kafka_incremental_unassign(pointer, $0) }
      return try unsafe list(starts).check { unsafe rd_kafka_incremental_assign(pointer, $0) }
    }
    // Such a group's assignment is only changed as a whole: the others go on behind what was handed over.
    let chosen = Dictionary(starts.map { ($0.topicPartition, $0.start) }) { $1 }
    let all = assignment()
    let handed = state.withLock { state in
      noteHanded(&state)
      return state.handed
    }
    let whole = all.map { PartitionStart($0, chosen[$0] ?? handed[$0].map { .at($0) } ?? .stored) }
    discard(all)
    state.withLock { $0.handed = handed.filter { chosen[$0.key] == nil } }
    try unsafe list(whole).check { unsafe rd_kafka_assign(pointer, $0) }
  }

  private func assignment() -> [TopicPartition] {
    var list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    guard unsafe rd_kafka_assignment(pointer, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list else {
      return []
    }
    return unsafe PartitionList(consuming: list).partitions
  }
}

extension KafkaError {
  fileprivate var place: TopicPartition { TopicPartition(topic ?? "", partition ?? -1) }
}

extension PartitionStart {
  /// Refuses offsets that are none: librdkafka takes small negative numbers for its own names of places, so that "nothing is committed"
  /// would be the end of the partition.
  func check() throws(KafkaError) {
    let number: Int64 =
      switch start {
      case .at(let offset): offset
      case .tail(let count): count
      case .beginning, .end, .stored: 0
      }
    guard number >= 0 else {
      throw KafkaError(
        .invalidArgument, "\(number) is no offset to start at", topic: topicPartition.topic,
        partition: topicPartition.partition)
    }
  }
}
