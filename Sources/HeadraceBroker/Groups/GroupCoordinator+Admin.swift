internal import HeadraceCore

extension GroupCoordinator {
  /// A group as the admin calls show it; nil when there is none.
  func describe(_ group: String) -> DescribeGroupsAPI.Response.Group? {
    withGroup(group, create: false) { entry in
      let machine = entry.machine
      let isStable = machine.phase == .stable
      let name = machine.protocolName ?? ""
      return DescribeGroupsAPI.Response.Group(
        id: group, state: machine.phase.rawValue, protocolType: machine.protocolType ?? "",
        protocolData: isStable ? name : "",
        members: machine.order.compactMap { machine.members[$0] }.map { member in
          DescribeGroupsAPI.Response.Group.Member(
            id: member.id, instance: member.instance, clientID: member.clientID, clientHost: member.clientHost,
            metadata: WireBytes(isStable ? member.metadata(for: name) : []),
            assignment: WireBytes(isStable ? member.assignment : []))
        })
    }
  }

  /// All groups, by name.
  func list() -> [ListGroupsAPI.Response.Group] {
    entries.map { entry in
      entry.lock.withLock {
        ListGroupsAPI.Response.Group(
          id: entry.id, protocolType: entry.machine.protocolType ?? "", state: entry.machine.phase.rawValue)
      }
    }
    .sorted { $0.id < $1.id }
  }

  /// Deletes a group without members, its offsets with it.
  func delete(_ group: String) -> ErrorCode {
    let outcome = withGroup(group, create: false) { entry -> (ErrorCode, CommitTicket?) in
      guard entry.machine.isEmpty, entry.machine.phase == .empty else { return (.nonEmptyGroup, nil) }
      var changes = entry.offsets.keys.map { StateChange(key: Self.offsetKey(group, $0), value: nil) }
      changes.append(StateChange(key: StoredState.key(.group, group), value: nil))
      do throws(LogError) {
        let ticket = try store.state.put(changes)
        entry.offsets = [:]
        entry.machine = ClassicGroup(id: group, settings: settings)
        forgetIfPossible(entry)
        return (.none, ticket)
      } catch {
        return (ErrorCode(rawValue: error.code), nil)
      }
    }
    guard let (error, ticket) = outcome else { return .groupIDNotFound }
    return ticket.map { Self.wait(for: $0) } ?? error
  }
}
