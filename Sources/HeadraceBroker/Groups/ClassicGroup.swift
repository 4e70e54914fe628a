/// One group of Kafka's classic protocol: who is in it, which generation it is in, who waits for what. Pure: time and
/// requests come in, actions go out, nothing is locked, waited for or written here.
struct ClassicGroup: Sendable {
  enum Phase: String, Sendable {
    /// No members; offsets may remain.
    case empty = "Empty"
    /// Waits for members to join the next generation.
    case preparing = "PreparingRebalance"
    /// Waits for the leader's assignments.
    case completing = "CompletingRebalance"
    case stable = "Stable"
  }

  let id: String
  var settings: GroupSettings
  var phase = Phase.empty
  var generation: Int32 = 0
  /// "consumer", or what the members say they are; nil while nobody ever joined.
  var protocolType: String?
  var protocolName: String?
  var leader: String?
  var members: [String: GroupMember] = [:]
  /// Member ids in the order of joining.
  var order: [String] = []
  /// Member ids that were handed out and not used yet, with the time they lapse.
  var pending: [String: Int64] = [:]
  /// Instance id → member id.
  var instances: [String: String] = [:]
  /// When a rebalance stops waiting for members to join, or for syncs.
  var rebalanceDeadline: Int64?
  /// An empty group's first rebalance: it waits for more members, and not longer than this.
  var initialDelayLimit: Int64?
  var memberCameDuringDelay = false
  /// Members that have not synced in this generation.
  var unsynced: Set<String> = []
  /// When the group became empty (wall clock, for the expiry of offsets): kept by the shell.
  var emptiedAt: Int64?

  init(id: String, settings: GroupSettings) {
    self.id = id
    self.settings = settings
  }

  var isEmpty: Bool { members.isEmpty }

  /// Nothing here that anybody could miss.
  var isForgettable: Bool { phase == .empty && pending.isEmpty }

  // MARK: Requests

  struct JoinRequest: Sendable {
    var member = ""
    var instance: String?
    var clientID = ""
    var clientHost = ""
    var sessionTimeout: Int64 = 10_000
    var rebalanceTimeout: Int64 = 60_000
    var protocolType = "consumer"
    var offers: [GroupMember.Offer] = []
    /// Whether a new member is first told its id and must come again with it (from version 4 on).
    var requiresKnownMember = true
  }

  /// A member joins, or joins again. The answer comes as an action for `token`, at once or later. `newID` is what a
  /// new member will be called.
  mutating func join(_ request: JoinRequest, token: WaiterToken, newID: String, now: Int64) -> [GroupAction] {
    func refuse(_ error: ErrorCode, member: String = request.member) -> [GroupAction] {
      [.answerJoin(token, JoinAnswer(error: error, member: member))]
    }
    guard settings.sessionTimeouts.contains(request.sessionTimeout) else { return refuse(.invalidSessionTimeout) }
    guard canJoin(request) else { return refuse(.inconsistentGroupProtocol) }
    if request.member.isEmpty {
      if let instance = request.instance, let old = instances[instance] {
        return replaceStatic(old, with: newID, request, token: token, now: now)
      }
      guard members.count + pending.count < settings.maximumMembers else { return refuse(.groupMaxSizeReached) }
      if request.instance == nil, request.requiresKnownMember {
        pending[newID] = now + request.sessionTimeout
        return refuse(.memberIDRequired, member: newID)
      }
      return add(newID, request, token: token, now: now)
    }
    if pending[request.member] != nil {
      guard members.count < settings.maximumMembers else { return refuse(.groupMaxSizeReached) }
      pending[request.member] = nil
      return add(request.member, request, token: token, now: now)
    }
    if let error = identityError(request.member, request.instance) { return refuse(error) }
    return rejoin(request, token: token, now: now)
  }

  /// A member asks for its assignment; the leader brings everybody's.
  mutating func sync(
    member id: String, instance: String?, generation asked: Int32, assignments: [String: [UInt8]],
    token: WaiterToken, now: Int64
  ) -> [GroupAction] {
    func refuse(_ error: ErrorCode) -> [GroupAction] { [.answerSync(token, SyncAnswer(error: error))] }
    if let error = identityError(id, instance) { return refuse(error) }
    guard asked == generation else { return refuse(.illegalGeneration) }
    switch phase {
    case .empty: return refuse(.unknownMemberID)
    case .preparing: return refuse(.rebalanceInProgress)
    case .stable:
      touch(id, now)
      unsynced.remove(id)
      return [.answerSync(token, SyncAnswer(assignment: members[id]?.assignment ?? []))]
    case .completing:
      unsynced.remove(id)
      var actions: [GroupAction] = []
      if let old = members[id]?.sync {
        // It asks again, on another connection: nobody listens to the first answer any more.
        actions.append(.answerSync(old, SyncAnswer(error: .rebalanceInProgress)))
      }
      members[id]?.sync = token
      guard id == leader else { return actions }
      for member in order { members[member]?.assignment = assignments[member] ?? [] }
      phase = .stable
      actions.append(.persist)
      for member in order {
        guard let waiting = members[member]?.sync else { continue }
        members[member]?.sync = nil
        touch(member, now)
        actions.append(.answerSync(waiting, SyncAnswer(assignment: members[member]?.assignment ?? [])))
      }
      return actions
    }
  }

  mutating func heartbeat(member id: String, instance: String?, generation asked: Int32, now: Int64) -> ErrorCode {
    if let error = identityError(id, instance) { return error }
    guard asked == generation else { return .illegalGeneration }
    switch phase {
    case .empty: return .unknownMemberID
    case .preparing:
      touch(id, now)
      return .rebalanceInProgress
    case .completing, .stable:
      touch(id, now)
      return .none
    }
  }

  /// A member leaves, by its id or by its instance id.
  mutating func leave(member: String, instance: String?, now: Int64) -> (ErrorCode, [GroupAction]) {
    var id = member
    if let instance {
      guard let owner = instances[instance] else { return (.unknownMemberID, []) }
      guard member.isEmpty || member == owner else { return (.fencedInstanceID, []) }
      id = owner
    }
    if pending[id] != nil {
      pending[id] = nil
      return (.none, phase == .preparing ? completeJoinIfAllAreHere(now) : [])
    }
    guard members[id] != nil else { return (.unknownMemberID, []) }
    return (.none, remove([id], now: now))
  }

  /// Whether a commit of offsets by this member in this generation is accepted; it counts as a sign of life.
  mutating func commitError(member: String, instance: String?, generation asked: Int32, now: Int64) -> ErrorCode {
    // Somebody who is no member may commit only while nobody else is.
    if asked < 0, isEmpty { return .none }
    if asked >= 0, isEmpty, protocolType == nil { return .illegalGeneration }
    if let error = identityError(member, instance) { return error }
    guard asked == generation else { return .illegalGeneration }
    switch phase {
    case .empty: return .unknownMemberID
    case .completing: return .rebalanceInProgress
    case .preparing, .stable:
      touch(member, now)
      return .none
    }
  }

  /// The same for offsets that come with a transaction: accepted in every phase, and from producers that name no member.
  func transactionalCommitError(member: String, instance: String?, generation asked: Int32) -> ErrorCode {
    if asked < 0, member.isEmpty, instance == nil { return .none }
    if let error = identityError(member, instance) { return error }
    return asked == generation ? .none : .illegalGeneration
  }

  /// Fenced, unknown, or nil when the member is who it says.
  func identityError(_ member: String, _ instance: String?) -> ErrorCode? {
    if let instance {
      guard let owner = instances[instance] else { return .unknownMemberID }
      guard owner == member else { return .fencedInstanceID }
    }
    return members[member] == nil ? .unknownMemberID : nil
  }

  // MARK: Time

  /// The next moment at which `expire` has something to do.
  var nextDeadline: Int64? {
    var next = rebalanceDeadline
    func consider(_ time: Int64) { next = min(next ?? time, time) }
    for time in pending.values { consider(time) }
    for member in members.values where !isParked(member) { consider(member.deadline) }
    return next
  }

  /// Lets pass what is due.
  mutating func expire(now: Int64) -> [GroupAction] {
    var actions: [GroupAction] = []
    let lapsed = pending.filter { $0.value <= now }.keys
    if !lapsed.isEmpty {
      for id in lapsed { pending[id] = nil }
      if phase == .preparing { actions += completeJoinIfAllAreHere(now) }
    }
    let dead = order.filter { id in members[id].map { !isParked($0) && $0.deadline <= now } ?? false }
    if !dead.isEmpty { actions += remove(dead, now: now) }
    if let deadline = rebalanceDeadline, deadline <= now {
      switch phase {
      case .preparing: actions += joinTimeIsUp(now)
      case .completing, .stable: actions += syncTimeIsUp(now)
      case .empty: rebalanceDeadline = nil
      }
    }
    return actions
  }

  func isParked(_ member: GroupMember) -> Bool {
    // A parked new member may have gone with its connection: it is not waited for without end.
    member.sync != nil || (member.join != nil && !member.isNew)
  }

  mutating func touch(_ id: String, _ now: Int64) {
    guard let member = members[id] else { return }
    members[id]?.deadline = now + member.sessionTimeout
  }
}

extension ClassicGroup {
  /// Whoever waited for this join went away: the member counts as not here, and its session runs.
  mutating func abandonJoin(_ token: WaiterToken, now: Int64) {
    guard let id = order.first(where: { members[$0]?.join == token }) else { return }
    members[id]?.join = nil
    touch(id, now)
  }

  /// Whoever waited for this sync went away.
  mutating func abandonSync(_ token: WaiterToken, now: Int64) {
    guard let id = order.first(where: { members[$0]?.sync == token }) else { return }
    members[id]?.sync = nil
    touch(id, now)
  }
}
