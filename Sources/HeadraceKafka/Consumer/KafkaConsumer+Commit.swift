internal import CRdkafka

extension KafkaConsumer {
  /// Commits a batch: everything up to its last records is done, and a restart goes on behind them.
  ///
  /// - Throws: ``KafkaError``: ``KafkaError/Code/rebalanceInProgress`` and ``KafkaError/Code/illegalGeneration`` mean that the
  ///   group moved on: whoever has the partitions now reads the batch again.
  public func commit(_ batch: KafkaBatch, deadline: Duration = .seconds(10)) async throws(KafkaError) {
    try await commit(batch.nextOffsets, deadline: deadline)
  }

  /// Commits offsets, each that of the next record to read, with their metadata (at most 4,096 characters).
  public func commit(_ offsets: [PartitionOffset], deadline: Duration = .seconds(10)) async throws(KafkaError) {
    guard configuration.consumer.groupID != nil else {
      throw KafkaError(.configuration, "consumer.groupID: a commit needs a group")
    }
    guard !offsets.isEmpty else { return }
    let handle = try loop.handle()
    try await loop.lane.run("commit", deadline: deadline) { _ throws(KafkaError) in
      let list = PartitionList(offsets)
      try unsafe list.check { unsafe rd_kafka_commit(handle.pointer, $0, 0) }
      try list.check()
    }
  }

  /// What the group has committed, with metadata; ``PartitionOffset/none`` where there is nothing.
  ///
  /// Under `read_committed` a partition whose offsets are part of an open transaction makes this wait for the transaction's end,
  /// so `deadline` should be longer than the longest one.
  public func committed(
    _ partitions: [TopicPartition], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [PartitionOffset] {
    guard !partitions.isEmpty else { return [] }
    return try await query("committed", deadline: deadline) { handle, timeout throws(KafkaError) in
      let list = PartitionList(partitions)
      try unsafe list.check { unsafe rd_kafka_committed(handle.pointer, $0, timeout) }
      return list.offsets
    }
  }

  /// Remembers offsets in the client, for the next ``commitStored(deadline:)``.
  public func storeOffsets(_ offsets: [PartitionOffset]) async throws(KafkaError) {
    guard !offsets.isEmpty else { return }
    try await local("storeOffsets") { handle throws(KafkaError) in
      let list = PartitionList(offsets)
      try unsafe list.check { unsafe rd_kafka_offsets_store(handle.pointer, $0) }
      try list.check()
    }
  }

  /// Commits what ``storeOffsets(_:)`` remembered; nothing remembered is no error.
  public func commitStored(deadline: Duration = .seconds(10)) async throws(KafkaError) {
    let handle = try loop.handle()
    try await loop.lane.run("commit", deadline: deadline) { _ throws(KafkaError) in
      let code = unsafe rd_kafka_commit(handle.pointer, nil, 0)
      guard code != RD_KAFKA_RESP_ERR__NO_OFFSET else { return }
      try KafkaError.check(code)
    }
  }
}
