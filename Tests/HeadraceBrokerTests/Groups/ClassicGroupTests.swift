import Testing

@testable import HeadraceBroker

/// The state machine of a group, with a clock in the hand.
struct ClassicGroupTests {
  private var group = ClassicGroup(id: "g", settings: GroupSettings())
  private var now: Int64 = 1_000

  private func token(_ value: UInt64) -> WaiterToken { WaiterToken(rawValue: value) }

  private func request(_ member: String = "", instance: String? = nil, offers: [String] = ["range"])
    -> ClassicGroup.JoinRequest
  {
    ClassicGroup.JoinRequest(
      member: member, instance: instance, clientID: "c", sessionTimeout: 10_000, rebalanceTimeout: 30_000,
      offers: offers.map { .init(name: $0, metadata: []) }, requiresKnownMember: false)
  }

  private func join(_ actions: [GroupAction], _ token: UInt64) -> JoinAnswer? {
    actions.compactMap { action -> JoinAnswer? in
      if case .answerJoin(WaiterToken(rawValue: token), let answer) = action { answer } else { nil }
    }.first
  }

  private func sync(_ actions: [GroupAction], _ token: UInt64) -> SyncAnswer? {
    actions.compactMap { action -> SyncAnswer? in
      if case .answerSync(WaiterToken(rawValue: token), let answer) = action { answer } else { nil }
    }.first
  }

  /// A stable group of one.
  private mutating func settle() {
    _ = group.join(request(), token: token(1), newID: "a", now: now)
    _ = group.sync(member: "a", instance: nil, generation: 1, assignments: ["a": [1]], token: token(2), now: now)
  }

  @Test mutating func oneMemberAtOnce() {
    let actions = group.join(request(), token: token(1), newID: "a", now: now)
    #expect(join(actions, 1)?.generation == 1)
    #expect(group.phase == .completing)
    let synced = group.sync(
      member: "a", instance: nil, generation: 1, assignments: ["a": [9]], token: token(2), now: now)
    #expect(synced == [.persist, .answerSync(token(2), SyncAnswer(assignment: [9]))])
    #expect(group.phase == .stable)
  }

  @Test mutating func theFirstRebalanceCanWaitForMore() {
    group = ClassicGroup(id: "g", settings: GroupSettings(initialRebalanceDelay: 3_000))
    let outcome1 = group.join(request(), token: token(1), newID: "a", now: now)
    #expect(outcome1 == [])
    #expect(group.nextDeadline == now + 3_000)
    now += 2_000
    let outcome2 = group.join(request(), token: token(2), newID: "b", now: now)
    #expect(outcome2 == [])
    now += 1_000
    // Somebody came: the wait begins anew.
    let outcome3 = group.expire(now: now)
    #expect(outcome3 == [])
    now += 3_000
    let actions = group.expire(now: now)
    #expect(join(actions, 1)?.members.map(\.id) == ["a", "b"])
    #expect(join(actions, 2)?.members == [])
  }

  @Test mutating func theFirstRebalanceNeverWaitsLongerThanTheRebalanceTimeout() {
    group = ClassicGroup(id: "g", settings: GroupSettings(initialRebalanceDelay: 20_000))
    _ = group.join(request(), token: token(1), newID: "a", now: 0)
    _ = group.join(request(), token: token(2), newID: "b", now: 19_000)
    let outcome4 = group.expire(now: 20_000)
    #expect(outcome4 == [])
    #expect(group.nextDeadline == 30_000)
    let outcome5 = group.expire(now: 30_000)
    #expect(!outcome5.isEmpty)
  }

  @Test mutating func silenceEndsAMembership() {
    settle()
    #expect(group.nextDeadline == now + 10_000)
    let outcome6 = group.expire(now: now + 9_999)
    #expect(outcome6 == [])
    let outcome7 = group.expire(now: now + 10_000)
    #expect(outcome7 == [.persist])
    #expect(group.isEmpty)
    #expect(group.phase == .empty)
    #expect(group.generation == 2)
  }

  @Test mutating func aParkedMemberIsNotSilent() {
    settle()
    _ = group.join(request(), token: token(3), newID: "b", now: now)
    _ = group.join(request("a"), token: token(4), newID: "", now: now)
    #expect(group.phase == .completing)
    _ = group.sync(member: "b", instance: nil, generation: 2, assignments: [:], token: token(5), now: now)
    // b waits for its assignment: only the leader's silence counts.
    let actions = group.expire(now: now + 10_000)
    #expect(group.members.keys.sorted() == ["b"])
    #expect(sync(actions, 5)?.error == .rebalanceInProgress)
  }

  @Test mutating func whoDoesNotRejoinIsOut() {
    settle()
    _ = group.join(request(), token: token(3), newID: "b", now: now)
    #expect(group.phase == .preparing)
    _ = group.heartbeat(member: "a", instance: nil, generation: 1, now: now + 25_000)
    let actions = group.expire(now: now + 30_000)
    #expect(join(actions, 3)?.members.map(\.id) == ["b"])
    #expect(join(actions, 3)?.leader == "b")
    let outcome8 = group.heartbeat(member: "a", instance: nil, generation: 2, now: now)
    #expect(outcome8 == .unknownMemberID)
  }

  @Test mutating func aStaticMemberIsWaitedForUntilItsSessionEnds() {
    _ = group.join(request(instance: "i"), token: token(1), newID: "a", now: 0)
    _ = group.sync(member: "a", instance: "i", generation: 1, assignments: [:], token: token(2), now: 0)
    _ = group.join(request(), token: token(3), newID: "b", now: 5_000)
    _ = group.heartbeat(member: "a", instance: "i", generation: 1, now: 30_000)
    let actions = group.expire(now: 35_000)
    // The rebalance goes on without it, its place stays.
    #expect(join(actions, 3)?.members.map(\.id).sorted() == ["a", "b"])
    #expect(group.members["a"] != nil)
  }

  @Test mutating func anAbandonedJoinIsNobodyWaiting() {
    settle()
    _ = group.join(request(), token: token(3), newID: "b", now: now)
    group.abandonJoin(token(3), now: now)
    // The other one comes; b, whose connection is gone, is waited for no longer than its session.
    let outcome9 = group.join(request("a"), token: token(4), newID: "", now: now)
    #expect(outcome9 == [])
    let actions = group.expire(now: now + 10_000)
    #expect(join(actions, 4)?.members.map(\.id) == ["a"])
  }

  @Test mutating func aSecondJoinOfAMemberReplacesTheFirst() {
    settle()
    _ = group.join(request(), token: token(3), newID: "b", now: now)
    let actions = group.join(request("b"), token: token(4), newID: "", now: now)
    #expect(join(actions, 3)?.error == .unknownMemberID)
    let done = group.join(request("a"), token: token(5), newID: "", now: now)
    #expect(join(done, 4)?.generation == 2)
  }

  @Test mutating func aReplacedStaticMemberThatWaitsIsFenced() {
    settle()
    _ = group.join(request(instance: "i"), token: token(3), newID: "b", now: now)
    let actions = group.join(request(instance: "i"), token: token(4), newID: "c", now: now)
    #expect(join(actions, 3)?.error == .fencedInstanceID)
    let done = group.join(request("a"), token: token(5), newID: "", now: now)
    #expect(join(done, 4)?.member == "c")
    #expect(join(done, 5)?.members.map(\.id) == ["a", "c"])
  }

  @Test mutating func aReplacementWithAnotherAssignorRebalances() {
    _ = group.join(request(instance: "i", offers: ["x", "y"]), token: token(1), newID: "a", now: now)
    _ = group.sync(member: "a", instance: "i", generation: 1, assignments: [:], token: token(2), now: now)
    let actions = group.join(request(instance: "i", offers: ["y"]), token: token(3), newID: "b", now: now)
    #expect(join(actions, 3)?.generation == 2)
    #expect(join(actions, 3)?.protocolName == "y")
  }

  @Test mutating func aFullGroupTakesNobody() {
    group.settings.maximumMembers = 1
    settle()
    let actions = group.join(request(), token: token(3), newID: "b", now: now)
    #expect(join(actions, 3)?.error == .groupMaxSizeReached)
  }

  @Test mutating func whatIsKeptComesBack() {
    settle()
    let back = ClassicGroup(id: "g", settings: GroupSettings(), stored: group.stored, now: 50_000)
    #expect(back.phase == .stable)
    #expect(back.generation == 1)
    #expect(back.leader == "a")
    #expect(back.members["a"]?.assignment == [1])
    #expect(back.members["a"]?.deadline == 60_000)
    let bytes = StoredState.encode(group.stored)
    let decoded = StoredState.decode(StoredState.Group.self, bytes)
    #expect(decoded?.members.map(\.id) == ["a"])
    #expect(StoredState.decode(StoredState.Group.self, Array(bytes.dropLast())) == nil)
  }

  @Test func keysOfTheStateSayWhatTheyAreOf() {
    let key = StoredState.key(.offset, "a", "bc", "1")
    #expect(StoredState.parts(of: key) == ["a", "bc", "1"])
    #expect(StoredState.key(.offset, "ab", "c", "1") != key)
  }

  /// Any order of calls leaves the group with answers for all, and its invariants whole.
  @Test(arguments: 0..<200)
  func anyScheduleKeepsItsPromises(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var group = ClassicGroup(
      id: "g", settings: GroupSettings(initialRebalanceDelay: seed.isMultiple(of: 3) ? 500 : 0))
    var waiting: Set<WaiterToken> = []
    var known: [String] = [""]
    var now: Int64 = 0
    var next: UInt64 = 0
    func settle(_ actions: [GroupAction]) {
      for action in actions {
        switch action {
        case .answerJoin(let token, let answer):
          #expect(waiting.remove(token) != nil, "answered twice")
          if !answer.member.isEmpty { known.append(answer.member) }
        case .answerSync(let token, _): #expect(waiting.remove(token) != nil, "answered twice")
        case .persist: break
        }
      }
    }
    for _ in 0..<150 {
      now += Int64.random(in: 0...2_000, using: &random)
      next += 1
      let token = WaiterToken(rawValue: next)
      let member = known.randomElement(using: &random) ?? ""
      let instance: String? = Int.random(in: 0..<5, using: &random) == 0 ? "i" : nil
      switch Int.random(in: 0..<7, using: &random) {
      case 0, 1:
        waiting.insert(token)
        var request = request(member, instance: instance)
        request.requiresKnownMember = Bool.random(using: &random)
        settle(group.join(request, token: token, newID: "m\(next)", now: now))
      case 2, 3:
        waiting.insert(token)
        settle(
          group.sync(
            member: member, instance: nil, generation: group.generation, assignments: [member: [1]], token: token,
            now: now))
      case 4: settle(group.leave(member: member, instance: instance, now: now).1)
      case 5: _ = group.heartbeat(member: member, instance: nil, generation: group.generation, now: now)
      default: settle(group.expire(now: now))
      }
      #expect(Set(group.order) == Set(group.members.keys))
      #expect(group.order.count == group.members.count)
      #expect(group.isEmpty == (group.phase == .empty) || group.phase == .preparing)
      if let leader = group.leader { #expect(group.members[leader] != nil || group.isEmpty) }
      for (instance, owner) in group.instances { #expect(group.members[owner]?.instance == instance) }
    }
    // Left alone, everybody is answered in the end.
    for _ in 0..<50 {
      guard let deadline = group.nextDeadline else { break }
      now = max(now, deadline)
      settle(group.expire(now: now))
    }
    #expect(waiting.isEmpty, "\(waiting.count) wait for ever")
    #expect(group.isEmpty)
  }
}
