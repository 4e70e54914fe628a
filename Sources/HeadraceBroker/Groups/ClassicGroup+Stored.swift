extension ClassicGroup {
  /// What must survive a crash.
  var stored: StoredState.Group {
    StoredState.Group(
      generation: generation, protocolType: protocolType, protocolName: protocolName, leader: leader,
      emptiedAt: emptiedAt ?? -1,
      members: order.compactMap { members[$0] }.map { member in
        StoredState.Group.Member(
          id: member.id, instance: member.instance, clientID: member.clientID, clientHost: member.clientHost,
          sessionTimeout: member.sessionTimeout, rebalanceTimeout: member.rebalanceTimeout,
          offers: member.offers.map { StoredState.Group.Offer(name: $0.name, metadata: WireBytes($0.metadata)) },
          assignment: WireBytes(member.assignment))
      })
  }

  /// The group as it was kept: stable with its members, whose sessions begin anew, or empty.
  init(id: String, settings: GroupSettings, stored: StoredState.Group, now: Int64) {
    self.init(id: id, settings: settings)
    generation = stored.generation
    protocolType = stored.protocolType
    protocolName = stored.protocolName
    leader = stored.leader
    emptiedAt = stored.emptiedAt < 0 ? nil : stored.emptiedAt
    for member in stored.members {
      members[member.id] = GroupMember(
        id: member.id, instance: member.instance, clientID: member.clientID, clientHost: member.clientHost,
        sessionTimeout: member.sessionTimeout, rebalanceTimeout: member.rebalanceTimeout,
        offers: member.offers.map { GroupMember.Offer(name: $0.name, metadata: $0.metadata.bytes) },
        assignment: member.assignment.bytes, deadline: now + member.sessionTimeout)
      order.append(member.id)
      if let instance = member.instance { instances[instance] = member.id }
    }
    phase = members.isEmpty ? .empty : .stable
  }
}
