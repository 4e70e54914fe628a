extension TransactionCoordinator {
  /// Keeps positions until the transaction ends. Blocks until they are durable. The error is the whole call's, or none.
  func commit(
    _ group: String, member: String, instance: String?, generation: Int32, _ caller: Caller,
    _ commits: [GroupCoordinator.Commit]
  ) -> ErrorCode {
    guard !group.isEmpty else { return .invalidGroupID }
    let outcome = withEntry(caller.transactionalID) { entry -> (ErrorCode, CommitTicket?) in
      if let error = identityError(entry, caller) { return (error, nil) }
      guard entry.machine.phase == .ongoing, entry.machine.groups.contains(group) else {
        return (.invalidTransactionState, nil)
      }
      return groups.withGroup(group, create: true) { groupEntry -> (ErrorCode, CommitTicket?) in
        let error = groupEntry.machine.transactionalCommitError(
          member: member, instance: instance, generation: generation)
        guard error == .none, !commits.isEmpty else {
          groups.forgetIfPossible(groupEntry)
          return (error, nil)
        }
        let now = WallClock.milliseconds()
        var changes: [StateChange] = []
        for commit in commits {
          let offset = CommittedOffset(
            offset: commit.offset, leaderEpoch: commit.leaderEpoch, metadata: commit.metadata, committedAt: now,
            sequence: groups.nextSequence())
          entry.offsets[group, default: [:]][commit.partition] = offset
          groupEntry.pending[commit.partition, default: []].insert(caller.producerID)
          changes.append(
            StateChange(
              key: Self.pendingKey(caller.transactionalID, group, commit.partition),
              value: StoredState.encode(StoredState.Offset(offset))))
        }
        do throws(LogError) {
          return (.none, try store.state.put(changes))
        } catch {
          return (ErrorCode(rawValue: error.code), nil)
        }
      } ?? (.unknownServerError, nil)
    }
    guard let (error, ticket) = outcome else { return .invalidProducerIDMapping }
    return ticket.map { GroupCoordinator.wait(for: $0) } ?? error
  }
}
