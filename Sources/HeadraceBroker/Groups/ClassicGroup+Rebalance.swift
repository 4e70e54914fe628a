extension ClassicGroup {
  /// The member's kind and assignors must go with those of the others.
  func canJoin(_ request: JoinRequest) -> Bool {
    guard !request.protocolType.isEmpty, !request.offers.isEmpty else { return false }
    if isEmpty { return true }
    guard protocolType == request.protocolType else { return false }
    let others = members.values.filter { $0.id != request.member }
    return request.offers.contains { offer in others.allSatisfy { $0.offers(offer.name) } }
  }

  mutating func add(_ id: String, _ request: JoinRequest, token: WaiterToken, now: Int64) -> [GroupAction] {
    if isEmpty { protocolType = request.protocolType }
    members[id] = GroupMember(
      id: id, instance: request.instance, clientID: request.clientID, clientHost: request.clientHost,
      sessionTimeout: request.sessionTimeout, rebalanceTimeout: request.rebalanceTimeout, offers: request.offers,
      join: token, isNew: true, deadline: now + settings.newMemberTimeout)
    order.append(id)
    if let instance = request.instance { instances[instance] = id }
    if leader == nil { leader = id }
    memberCameDuringDelay = true
    return phase == .preparing ? completeJoinIfAllAreHere(now) : prepare(now)
  }

  /// A known member joins again.
  mutating func rejoin(_ request: JoinRequest, token: WaiterToken, now: Int64) -> [GroupAction] {
    let id = request.member
    guard let member = members[id] else { return [] }
    let changed = member.offers != request.offers
    switch phase {
    case .empty: return [.answerJoin(token, JoinAnswer(error: .unknownMemberID, member: id))]
    case .completing where !changed, .stable where !changed && id != leader:
      // It missed its answer, or only wants to know where things stand.
      touch(id, now)
      return [.answerJoin(token, joinAnswer(for: id, withMembers: phase == .completing && id == leader))]
    default:
      var actions: [GroupAction] = []
      if let old = member.join, old != token {
        actions.append(.answerJoin(old, JoinAnswer(error: .unknownMemberID, member: id)))
      }
      update(id, request, token: token)
      touch(id, now)
      return actions + (phase == .preparing ? completeJoinIfAllAreHere(now) : prepare(now))
    }
  }

  mutating func update(_ id: String, _ request: JoinRequest, token: WaiterToken) {
    members[id]?.offers = request.offers
    members[id]?.sessionTimeout = request.sessionTimeout
    members[id]?.rebalanceTimeout = request.rebalanceTimeout
    members[id]?.clientID = request.clientID
    members[id]?.clientHost = request.clientHost
    members[id]?.join = token
  }

  /// A new process takes the place of a static member. While the chosen assignor stays, nobody else notices.
  mutating func replaceStatic(
    _ old: String, with id: String, _ request: JoinRequest, token: WaiterToken, now: Int64
  ) -> [GroupAction] {
    guard var member = members.removeValue(forKey: old) else { return [] }
    var actions: [GroupAction] = []
    if let join = member.join {
      actions.append(.answerJoin(join, JoinAnswer(error: .fencedInstanceID, member: old)))
    }
    if let sync = member.sync { actions.append(.answerSync(sync, SyncAnswer(error: .fencedInstanceID))) }
    let formerLeader = leader
    member.id = id
    member.join = nil
    member.sync = nil
    members[id] = member
    if let index = order.firstIndex(of: old) { order[index] = id }
    if let instance = member.instance { instances[instance] = id }
    if leader == old { leader = id }
    if unsynced.remove(old) != nil { unsynced.insert(id) }
    update(id, request, token: token)
    touch(id, now)
    switch phase {
    case .stable:
      guard chosenProtocol() == protocolName else { return actions + prepare(now) }
      members[id]?.join = nil
      // It must not think itself the leader, for the assignments stand: the leader it hears of is the one before.
      var answer = joinAnswer(for: id, withMembers: false)
      answer.leader = formerLeader ?? ""
      return actions + [.persist, .answerJoin(token, answer)]
    case .preparing: return actions + completeJoinIfAllAreHere(now)
    case .completing, .empty: return actions + prepare(now)
    }
  }

  /// Takes members out, whatever they wait for, and lets the rest go on.
  mutating func remove(_ ids: [String], now: Int64) -> [GroupAction] {
    var actions: [GroupAction] = []
    for id in ids {
      guard let member = members.removeValue(forKey: id) else { continue }
      order.removeAll { $0 == id }
      unsynced.remove(id)
      if let instance = member.instance, instances[instance] == id { instances[instance] = nil }
      if leader == id { leader = order.first { members[$0]?.join != nil } ?? order.first }
      if let join = member.join {
        actions.append(.answerJoin(join, JoinAnswer(error: .unknownMemberID, member: id)))
      }
      if let sync = member.sync { actions.append(.answerSync(sync, SyncAnswer(error: .unknownMemberID))) }
    }
    switch phase {
    case .stable, .completing: return actions + prepare(now)
    case .preparing: return actions + completeJoinIfAllAreHere(now)
    case .empty: return actions
    }
  }

  // MARK: The turn of a generation

  /// Begins a rebalance.
  private mutating func prepare(_ now: Int64) -> [GroupAction] {
    var actions: [GroupAction] = []
    if phase == .completing {
      for id in order {
        guard let sync = members[id]?.sync else { continue }
        members[id]?.sync = nil
        touch(id, now)
        actions.append(.answerSync(sync, SyncAnswer(error: .rebalanceInProgress)))
      }
    }
    unsynced = []
    let longest = members.values.map(\.rebalanceTimeout).max() ?? 0
    if phase == .empty, settings.initialRebalanceDelay > 0 {
      initialDelayLimit = now + longest
      rebalanceDeadline = now + min(settings.initialRebalanceDelay, longest)
      memberCameDuringDelay = false
    } else {
      initialDelayLimit = nil
      rebalanceDeadline = now + longest
    }
    phase = .preparing
    return actions + completeJoinIfAllAreHere(now)
  }

  mutating func completeJoinIfAllAreHere(_ now: Int64) -> [GroupAction] {
    guard initialDelayLimit == nil, pending.isEmpty, members.values.allSatisfy({ $0.join != nil }) else { return [] }
    return completeJoin(now)
  }

  mutating func joinTimeIsUp(_ now: Int64) -> [GroupAction] {
    if let limit = initialDelayLimit, memberCameDuringDelay, now < limit {
      memberCameDuringDelay = false
      rebalanceDeadline = min(now + settings.initialRebalanceDelay, limit)
      return []
    }
    return completeJoin(now)
  }

  /// The members that are here make the next generation. Who did not come is out, unless it is static: such a one
  /// keeps its place until its session ends.
  private mutating func completeJoin(_ now: Int64) -> [GroupAction] {
    initialDelayLimit = nil
    for id in order where members[id]?.join == nil && members[id]?.instance == nil {
      members[id] = nil
    }
    order.removeAll { members[$0] == nil }
    let joined = order.filter { members[$0]?.join != nil }
    if joined.isEmpty, !members.isEmpty {
      // Only absent static members are left: wait on for one of them, or for the end of their sessions.
      rebalanceDeadline = now + (members.values.map(\.rebalanceTimeout).max() ?? 0)
      return []
    }
    if leader.map({ members[$0]?.join == nil }) ?? true { leader = joined.first }
    generation = generation == .max ? 1 : generation + 1
    if members.isEmpty {
      phase = .empty
      leader = nil
      protocolName = nil
      rebalanceDeadline = nil
      return [.persist]
    }
    phase = .completing
    protocolName = chosenProtocol()
    unsynced = Set(order)
    rebalanceDeadline = now + (members.values.map(\.rebalanceTimeout).max() ?? 0)
    var actions: [GroupAction] = []
    for id in joined {
      guard let token = members[id]?.join else { continue }
      members[id]?.join = nil
      members[id]?.isNew = false
      touch(id, now)
      actions.append(.answerJoin(token, joinAnswer(for: id, withMembers: id == leader)))
    }
    return actions
  }

  /// Who has not synced in time is out, and the rest begins anew.
  mutating func syncTimeIsUp(_ now: Int64) -> [GroupAction] {
    rebalanceDeadline = nil
    let late = order.filter { unsynced.contains($0) }
    unsynced = []
    return late.isEmpty ? [] : prepareWithout(late, now: now)
  }

  private mutating func prepareWithout(_ ids: [String], now: Int64) -> [GroupAction] {
    var actions: [GroupAction] = []
    // The waiting syncs hear of a rebalance, not of a removal.
    if phase == .completing {
      for id in order {
        guard let sync = members[id]?.sync else { continue }
        members[id]?.sync = nil
        touch(id, now)
        actions.append(.answerSync(sync, SyncAnswer(error: .rebalanceInProgress)))
      }
    }
    return actions + remove(ids, now: now)
  }

  func joinAnswer(for id: String, withMembers: Bool) -> JoinAnswer {
    let name = protocolName ?? ""
    return JoinAnswer(
      generation: generation, protocolName: name, leader: leader ?? "", member: id,
      members: withMembers
        ? order.compactMap { members[$0] }.map {
          JoinAnswer.Member(id: $0.id, instance: $0.instance, metadata: $0.metadata(for: name))
        } : [])
  }

  /// Every member votes for the first of its assignors that all support; most votes win, and the first joiner's
  /// preference decides between equals.
  func chosenProtocol() -> String? {
    let all = order.compactMap { members[$0] }
    guard let first = all.first else { return nil }
    let common = first.offers.map(\.name).filter { name in all.allSatisfy { $0.offers(name) } }
    var votes: [String: Int] = [:]
    for member in all {
      if let vote = member.offers.first(where: { common.contains($0.name) }) { votes[vote.name, default: 0] += 1 }
    }
    return common.max { votes[$0, default: 0] < votes[$1, default: 0] }
  }
}
