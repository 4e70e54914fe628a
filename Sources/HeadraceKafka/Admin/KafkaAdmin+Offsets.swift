internal import CRdkafka

extension KafkaAdmin {
  /// Deletes the records before an offset in each partition.
  ///
  /// - Returns: the oldest offset that is left in each, or what went wrong there.
  @discardableResult
  public func deleteRecords(
    before offsets: [PartitionOffset], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [PartitionOffset] {
    guard !offsets.isEmpty else { return [] }
    return unsafe try await operation("deleteRecords", deadline, RD_KAFKA_ADMIN_OP_DELETERECORDS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe [PartitionList(offsets).use { unsafe rd_kafka_DeleteRecords_new($0) }]
      defer { unsafe rd_kafka_DeleteRecords_destroy(list[0]) }
      unsafe rd_kafka_DeleteRecords(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      unsafe PartitionList.offsets(
        of: rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event)))
    }
  }

  /// The ends of partitions, asked of the brokers one after another.
  public func watermarks(
    of partitions: [TopicPartition], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [TopicPartition: Watermarks] {
    try await call("watermarks", deadline) { handle, timeout throws(KafkaError) in
      let end = ContinuousClock.now + .milliseconds(timeout)
      var answer: [TopicPartition: Watermarks] = [:]
      for partition in partitions {
        let left = max(.milliseconds(1), end - ContinuousClock.now)
        answer[partition] = try MetadataQuery.watermarks(of: partition, on: handle, timeout: left.kafkaMilliseconds)
      }
      return answer
    }
  }

  /// For each partition the offset of the first record that is not older than a time (milliseconds since 1970); `nil` where all
  /// are older.
  public func offsets(
    for times: [TopicPartition: Int64], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [TopicPartition: Int64?] {
    guard !times.isEmpty else { return [:] }
    let found = try await call("offsets for times", deadline) { handle, timeout throws(KafkaError) in
      try MetadataQuery.offsets(for: times.map { ($0.key, $0.value) }, on: handle, timeout: timeout)
    }
    var answer: [TopicPartition: Int64?] = [:]
    for offset in found {
      if let error = offset.error { throw error }
      answer[offset.topicPartition] = .some(offset.isPresent ? offset.offset : nil)
    }
    return answer
  }

  /// What a group has committed, with metadata.
  ///
  /// - Parameters:
  ///   - group: the group's id.
  ///   - partitions: the partitions asked for; `nil` for all that have something.
  ///   - deadline: how long the answer may take.
  public func committedOffsets(
    of group: String, partitions: [TopicPartition]? = nil, deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [PartitionOffset] {
    unsafe try await operation("committedOffsets", deadline, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS) {
      client, options, queue throws(KafkaError) in
      let wanted = partitions.map { PartitionList($0) }
      var list: [OpaquePointer?] = unsafe [
        wanted?.use { unsafe rd_kafka_ListConsumerGroupOffsets_new(group, $0) }
          ?? rd_kafka_ListConsumerGroupOffsets_new(group, nil)
      ]
      defer { unsafe rd_kafka_ListConsumerGroupOffsets_destroy(list[0]) }
      unsafe rd_kafka_ListConsumerGroupOffsets(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let groups = unsafe rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count)
      return unsafe try groupOffsets(groups, count)
    }
  }

  /// Sets what a group has committed. The group must have no members.
  ///
  /// - Returns: for each partition what was written, or its error.
  @discardableResult
  public func alterCommittedOffsets(
    of group: String, to offsets: [PartitionOffset], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [PartitionOffset] {
    guard !offsets.isEmpty else { return [] }
    return unsafe try await operation("alterCommittedOffsets", deadline, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe [
        PartitionList(offsets).use { unsafe rd_kafka_AlterConsumerGroupOffsets_new(group, $0) }
      ]
      defer { unsafe rd_kafka_AlterConsumerGroupOffsets_destroy(list[0]) }
      unsafe rd_kafka_AlterConsumerGroupOffsets(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let groups = unsafe rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count)
      return unsafe try groupOffsets(groups, count)
    }
  }

  /// Forgets what a group has committed for these partitions. The group must not be subscribed to their topics.
  @discardableResult
  public func deleteCommittedOffsets(
    of group: String, partitions: [TopicPartition], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [PartitionOffset] {
    guard !partitions.isEmpty else { return [] }
    return unsafe try await operation("deleteCommittedOffsets", deadline, RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS)
    { client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe [
        PartitionList(partitions).use { unsafe rd_kafka_DeleteConsumerGroupOffsets_new(group, $0) }
      ]
      defer { unsafe rd_kafka_DeleteConsumerGroupOffsets_destroy(list[0]) }
      unsafe rd_kafka_DeleteConsumerGroupOffsets(client, &list, 1, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let groups = unsafe rd_kafka_DeleteConsumerGroupOffsets_result_groups(
        rd_kafka_event_DeleteConsumerGroupOffsets_result(event), &count)
      return unsafe try groupOffsets(groups, count)
    }
  }
}

private func groupOffsets(
  _ groups: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int
) throws(KafkaError) -> [PartitionOffset] {
  guard count == 1, let group = unsafe groups?[0] else { return [] }
  if let error = unsafe KafkaError(borrowing: rd_kafka_group_result_error(group)) { throw error }
  return unsafe PartitionList.offsets(of: rd_kafka_group_result_partitions(group)).sorted {
    $0.topicPartition < $1.topicPartition
  }
}
