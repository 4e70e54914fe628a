internal import HeadraceCore
internal import HeadraceTelemetry

extension GroupCoordinator {
  /// One position to commit.
  struct Commit: Sendable {
    var partition: TopicPartition
    var offset: Int64
    var leaderEpoch: Int32
    var metadata: String
  }

  static func offsetKey(_ group: String, _ partition: TopicPartition) -> [UInt8] {
    StoredState.key(.offset, group, partition.topic, "\(partition.index)")
  }

  /// Stores positions; blocks until they are durable. The error is the whole group's, or none.
  func commit(
    _ group: String, member: String, instance: String?, generation: Int32, _ commits: [Commit]
  ) -> ErrorCode {
    let outcome = withGroup(group, create: true) { entry -> (ErrorCode, CommitTicket?) in
      let error = entry.machine.commitError(
        member: member, instance: instance, generation: generation, now: Self.now())
      guard error == .none else {
        forgetIfPossible(entry)
        return (error, nil)
      }
      guard !commits.isEmpty else {
        forgetIfPossible(entry)
        return (.none, nil)
      }
      let now = WallClock.milliseconds()
      var changes: [StateChange] = []
      changes.reserveCapacity(commits.count)
      for commit in commits {
        let offset = CommittedOffset(
          offset: commit.offset, leaderEpoch: commit.leaderEpoch, metadata: commit.metadata, committedAt: now,
          sequence: nextSequence())
        entry.offsets[commit.partition] = offset
        changes.append(
          StateChange(
            key: Self.offsetKey(group, commit.partition), value: StoredState.encode(StoredState.Offset(offset))))
      }
      do throws(LogError) {
        return (.none, try store.state.put(changes))
      } catch {
        return (ErrorCode(rawValue: error.code), nil)
      }
    }
    guard let (error, ticket) = outcome else { return .unknownServerError }
    guard let ticket else { return error }
    return Self.wait(for: ticket)
  }

  /// What a group committed: one entry for each partition asked for, or all there are.
  func fetch(_ group: String, _ asked: [TopicPartition]?, requireStable: Bool)
    -> [(TopicPartition, CommittedOffset?, ErrorCode)]
  {
    withGroup(group, create: false) { entry in
      (asked ?? entry.offsets.keys.sorted()).map { partition in
        if requireStable, entry.pending[partition] != nil { return (partition, nil, .unstableOffsetCommit) }
        return (partition, entry.offsets[partition], .none)
      }
    } ?? (asked ?? []).map { ($0, nil, .none) }
  }

  /// Forgets positions; one error for each partition, or one for all.
  func deleteOffsets(_ group: String, _ partitions: [TopicPartition]) -> (ErrorCode, [ErrorCode]) {
    var ticket: CommitTicket?
    let outcome = withGroup(group, create: false) { entry -> (ErrorCode, [ErrorCode]) in
      var subscribed: Set<String> = []
      if !entry.machine.isEmpty {
        guard entry.machine.protocolType == "consumer" else { return (.nonEmptyGroup, []) }
        for member in entry.machine.members.values {
          for offer in member.offers { subscribed.formUnion(ConsumerSubscription.topics(in: offer.metadata) ?? []) }
        }
      }
      var changes: [StateChange] = []
      let errors = partitions.map { partition -> ErrorCode in
        if subscribed.contains(partition.topic) { return .groupSubscribedToTopic }
        if entry.offsets.removeValue(forKey: partition) != nil {
          changes.append(StateChange(key: Self.offsetKey(group, partition), value: nil))
        }
        return .none
      }
      if !changes.isEmpty { ticket = try? store.state.put(changes) }
      return (.none, errors)
    }
    guard let outcome else { return (.groupIDNotFound, []) }
    if let ticket {
      let error = Self.wait(for: ticket)
      if error != .none { return (error, []) }
    }
    return outcome
  }

  /// The offsets of a topic that is no more go with it.
  func forget(topic: String) {
    for entry in entries {
      let ticket = entry.lock.withLock { () -> CommitTicket? in
        let gone = entry.offsets.keys.filter { $0.topic == topic }
        guard !entry.isGone, !gone.isEmpty else { return nil }
        for partition in gone { entry.offsets[partition] = nil }
        let ticket = try? store.state.put(gone.map { StateChange(key: Self.offsetKey(entry.id, $0), value: nil) })
        if entry.machine.protocolType == nil { forgetIfPossible(entry) }
        return ticket
      }
      ticket?.detach()
    }
  }

  /// Lets offsets of empty groups go that have had their time, and groups that have none left.
  func expireOffsets(now: Int64 = WallClock.milliseconds()) {
    for entry in entries {
      let ticket = entry.lock.withLock { () -> CommitTicket? in
        guard !entry.isGone, entry.machine.phase == .empty else { return nil }
        let expired = entry.offsets.filter { partition, offset in
          let since = max(offset.committedAt, entry.machine.emptiedAt ?? offset.committedAt)
          return entry.pending[partition] == nil && now - since >= offsetRetention
        }
        for partition in expired.keys { entry.offsets[partition] = nil }
        var changes = expired.keys.map { StateChange(key: Self.offsetKey(entry.id, $0), value: nil) }
        if !expired.isEmpty || entry.machine.protocolType != nil, entry.isForgettable {
          changes.append(StateChange(key: StoredState.key(.group, entry.id), value: nil))
          forgetIfPossible(entry)
        }
        guard !changes.isEmpty else { return nil }
        logger.info("offsets expired", [LogKeys.group: entry.id, "partitions": "\(expired.count)"])
        return try? store.state.put(changes)
      }
      ticket?.detach()
    }
  }
}
