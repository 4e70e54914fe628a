internal import CRdkafka

extension KafkaAdmin {
  /// All groups of the cluster, by id.
  public func groups(deadline: Duration = .seconds(30)) async throws(KafkaError) -> [GroupListing] {
    unsafe try await operation("groups", deadline, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS) {
      client, options, queue throws(KafkaError) in
      unsafe rd_kafka_ListConsumerGroups(client, options, queue)
    } result: { event throws(KafkaError) in
      let result = unsafe rd_kafka_event_ListConsumerGroups_result(event)
      var count = 0
      let found = unsafe rd_kafka_ListConsumerGroups_result_valid(result, &count)
      var errorCount = 0
      let errors = unsafe rd_kafka_ListConsumerGroups_result_errors(result, &errorCount)
      if count == 0, errorCount > 0, let error = unsafe KafkaError(borrowing: errors?[0]) { throw error }
      return (0..<count).compactMap { index -> GroupListing? in
        guard let group = unsafe found?[index] else { return nil }
        return unsafe GroupListing(
          id: String(cString: rd_kafka_ConsumerGroupListing_group_id(group)),
          state: stateName(rd_kafka_ConsumerGroupListing_state(group)),
          isSimple: rd_kafka_ConsumerGroupListing_is_simple_consumer_group(group) == 1)
      }.sorted { $0.id < $1.id }
    }
  }

  /// Groups with their members. A group that doesn't exist is described as `Dead`.
  public func describeGroups(
    _ ids: [String], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [GroupDescription] {
    guard !ids.isEmpty else { return [] }
    return unsafe try await operation("describeGroups", deadline, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS) {
      client, options, queue throws(KafkaError) in
      unsafe ids.withCStrings { unsafe rd_kafka_DescribeConsumerGroups(client, $0, ids.count, options, queue) }
    } result: { event throws(KafkaError) in
      var count = 0
      let groups = unsafe rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event), &count)
      return (0..<count).compactMap { unsafe groups?[$0].map(describe) }
    }
  }

  /// Deletes groups with their offsets. They must have no members.
  ///
  /// - Returns: the groups that were not deleted, with why.
  @discardableResult
  public func deleteGroups(
    _ ids: [String], deadline: Duration = .seconds(30)
  ) async throws(KafkaError) -> [String: KafkaError] {
    guard !ids.isEmpty else { return [:] }
    return unsafe try await operation("deleteGroups", deadline, RD_KAFKA_ADMIN_OP_DELETEGROUPS) {
      client, options, queue throws(KafkaError) in
      var list: [OpaquePointer?] = unsafe ids.map { unsafe rd_kafka_DeleteGroup_new($0) }
      defer { unsafe list.forEach { unsafe rd_kafka_DeleteGroup_destroy($0) } }
      unsafe rd_kafka_DeleteGroups(client, &list, list.count, options, queue)
    } result: { event throws(KafkaError) in
      var count = 0
      let groups = unsafe rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count)
      var errors: [String: KafkaError] = [:]
      for index in 0..<count {
        guard let group = unsafe groups?[index],
          let error = unsafe KafkaError(borrowing: rd_kafka_group_result_error(group))
        else {
          continue
        }
        unsafe errors[String(cString: rd_kafka_group_result_name(group))] = error
      }
      return errors
    }
  }
}

private func stateName(_ state: rd_kafka_consumer_group_state_t) -> String {
  unsafe rd_kafka_consumer_group_state_name(state).map { unsafe String(cString: $0) } ?? "Unknown"
}

private func describe(_ group: OpaquePointer) -> GroupDescription {
  func text(_ pointer: UnsafePointer<CChar>?) -> String { unsafe pointer.map { unsafe String(cString: $0) } ?? "" }
  let members = unsafe (0..<rd_kafka_ConsumerGroupDescription_member_count(group)).compactMap {
    index -> GroupDescription.Member? in
    guard let member = unsafe rd_kafka_ConsumerGroupDescription_member(group, index) else { return nil }
    let instance = unsafe text(rd_kafka_MemberDescription_group_instance_id(member))
    let assignment = unsafe rd_kafka_MemberDescription_assignment(member)
    return unsafe GroupDescription.Member(
      memberID: text(rd_kafka_MemberDescription_consumer_id(member)),
      clientID: text(rd_kafka_MemberDescription_client_id(member)), instanceID: instance.isEmpty ? nil : instance,
      host: text(rd_kafka_MemberDescription_host(member)),
      assignment: assignment.map {
        unsafe PartitionList.offsets(of: rd_kafka_MemberAssignment_partitions($0)).map(\.topicPartition).sorted()
      } ?? [])
  }
  return unsafe GroupDescription(
    id: text(rd_kafka_ConsumerGroupDescription_group_id(group)),
    state: stateName(rd_kafka_ConsumerGroupDescription_state(group)),
    assignor: text(rd_kafka_ConsumerGroupDescription_partition_assignor(group)),
    coordinator: rd_kafka_ConsumerGroupDescription_coordinator(group).map { unsafe rd_kafka_Node_id($0) } ?? -1,
    isSimple: unsafe rd_kafka_ConsumerGroupDescription_is_simple_consumer_group(group) == 1,
    members: members.sorted { $0.memberID < $1.memberID },
    error: unsafe KafkaError(borrowing: rd_kafka_ConsumerGroupDescription_error(group)))
}
