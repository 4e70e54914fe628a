/// Groups: membership, positions, admin.
enum GroupHandler {
  static func join(_ context: RequestContext, _ request: JoinGroupAPI.Request) -> JoinGroupAPI.Response? {
    let session = Int64(request.sessionTimeoutMilliseconds)
    let answer = context.core.groups.join(
      request.group,
      ClassicGroup.JoinRequest(
        member: request.member, instance: request.instance, clientID: context.clientID, clientHost: context.peer.host,
        sessionTimeout: session,
        // Version 0 has one time-out for both.
        rebalanceTimeout: context.version == 0 ? session : Int64(request.rebalanceTimeoutMilliseconds),
        protocolType: request.protocolType,
        offers: request.protocols.map { .init(name: $0.name, metadata: $0.metadata.bytes) },
        requiresKnownMember: context.version >= 4),
      peer: context.peer)
    guard let answer else { return nil }
    return .init(
      error: answer.error, generation: answer.generation, protocolName: answer.protocolName, leader: answer.leader,
      member: answer.member,
      members: answer.members.map { .init(id: $0.id, instance: $0.instance, metadata: WireBytes($0.metadata)) })
  }

  static func sync(_ context: RequestContext, _ request: SyncGroupAPI.Request) -> SyncGroupAPI.Response? {
    let answer = context.core.groups.sync(
      request.group, member: request.member, instance: request.instance, generation: request.generation,
      assignments: Dictionary(
        request.assignments.map { ($0.member, $0.assignment.bytes) }, uniquingKeysWith: { _, last in last }),
      peer: context.peer)
    return answer.map { .init(error: $0.error, assignment: WireBytes($0.assignment)) }
  }

  static func heartbeat(_ context: RequestContext, _ request: HeartbeatAPI.Request) -> HeartbeatAPI.Response {
    .init(
      error: context.core.groups.heartbeat(
        request.group, member: request.member, instance: request.instance, generation: request.generation))
  }

  static func leave(_ context: RequestContext, _ request: LeaveGroupAPI.Request) -> LeaveGroupAPI.Response {
    guard context.version >= 3 else {
      let (error, errors) = context.core.groups.leave(request.group, [(request.member, nil)])
      return .init(error: error == .none ? errors.first ?? .none : error)
    }
    let (error, errors) = context.core.groups.leave(request.group, request.members.map { ($0.id, $0.instance) })
    guard error == .none else { return .init(error: error) }
    return .init(
      members: zip(request.members, errors).map { .init(id: $0.id, instance: $0.instance, error: $1) })
  }

  // MARK: Positions

  static func commit(_ context: RequestContext, _ request: OffsetCommitAPI.Request) -> OffsetCommitAPI.Response {
    var commits: [GroupCoordinator.Commit] = []
    var response = OffsetCommitAPI.Response(
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map { asked in
            let (commit, error) = self.commit(
              context, topic.name, asked.index, asked.offset, asked.leaderEpoch, asked.metadata)
            if let commit { commits.append(commit) }
            return .init(index: asked.index, error: error)
          })
      })
    let isAllUnknown =
      !response.topics.isEmpty
      && response.topics.allSatisfy { $0.partitions.allSatisfy { $0.error == .unknownTopicOrPartition } }
    guard !isAllUnknown else { return response }
    let error = context.core.groups.commit(
      request.group, member: request.member, instance: request.instance, generation: request.generation, commits)
    guard error != .none else { return response }
    for topic in response.topics.indices {
      for partition in response.topics[topic].partitions.indices
      where response.topics[topic].partitions[partition].error != .unknownTopicOrPartition {
        response.topics[topic].partitions[partition].error = error
      }
    }
    return response
  }

  /// One position of a commit, or why it is none.
  static func commit(
    _ context: RequestContext, _ topic: String, _ index: Int32, _ offset: Int64, _ leaderEpoch: Int32,
    _ metadata: String?
  ) -> (GroupCoordinator.Commit?, ErrorCode) {
    guard context.store.partition(topic, index) != nil else { return (nil, .unknownTopicOrPartition) }
    let metadata = metadata ?? ""
    // A UTF-16 code unit takes at least one byte of UTF-8: the short ones need no counting.
    guard
      metadata.utf8.count <= CommittedOffset.maximumMetadata
        || metadata.utf16.count <= CommittedOffset.maximumMetadata
    else { return (nil, .offsetMetadataTooLarge) }
    let commit = GroupCoordinator.Commit(
      partition: TopicPartition(topic: topic, index: index), offset: offset, leaderEpoch: leaderEpoch,
      metadata: metadata)
    return (commit, .none)
  }

  static func fetch(_ context: RequestContext, _ request: OffsetFetchAPI.Request) -> OffsetFetchAPI.Response {
    let asked = request.topics?.flatMap { topic in
      topic.partitions.map { TopicPartition(topic: topic.name, index: $0) }
    }
    let found = context.core.groups.fetch(request.group, asked, requireStable: request.requireStable)
    var response = OffsetFetchAPI.Response()
    for (partition, offset, error) in found {
      let answer = OffsetFetchAPI.Response.Partition(
        index: partition.index, offset: offset?.offset ?? -1, leaderEpoch: offset?.leaderEpoch ?? -1,
        metadata: offset?.metadata ?? "", error: error)
      if let last = response.topics.indices.last, response.topics[last].name == partition.topic {
        response.topics[last].partitions.append(answer)
      } else {
        response.topics.append(.init(name: partition.topic, partitions: [answer]))
      }
    }
    return response
  }

  // MARK: Admin

  static func describe(_ context: RequestContext, _ request: DescribeGroupsAPI.Request) -> DescribeGroupsAPI.Response {
    .init(
      groups: request.groups.distinct(by: \.self).map { id in
        context.core.groups.describe(id) ?? .init(id: id, state: "Dead")
      })
  }

  static func list(_ context: RequestContext, _ request: ListGroupsAPI.Request) -> ListGroupsAPI.Response {
    let wanted = Set(request.states.map { $0.lowercased() })
    return .init(
      groups: context.core.groups.list().filter { wanted.isEmpty || wanted.contains($0.state.lowercased()) })
  }

  static func delete(_ context: RequestContext, _ request: DeleteGroupsAPI.Request) -> DeleteGroupsAPI.Response {
    .init(results: request.groups.map { .init(group: $0, error: context.core.groups.delete($0)) })
  }

  static func deleteOffsets(_ context: RequestContext, _ request: OffsetDeleteAPI.Request) -> OffsetDeleteAPI.Response {
    let known = request.topics.flatMap { topic in
      topic.partitions.map { TopicPartition(topic: topic.name, index: $0.index) }
    }.filter { context.store.partition($0.topic, $0.index) != nil }
    let (error, errors) = context.core.groups.deleteOffsets(request.group, known)
    guard error == .none else { return .init(error: error) }
    let byPartition = Dictionary(zip(known, errors), uniquingKeysWith: { first, _ in first })
    return .init(
      topics: request.topics.map { topic in
        .init(
          name: topic.name,
          partitions: topic.partitions.map {
            .init(
              index: $0.index,
              error: byPartition[TopicPartition(topic: topic.name, index: $0.index)] ?? .unknownTopicOrPartition)
          })
      })
  }
}
