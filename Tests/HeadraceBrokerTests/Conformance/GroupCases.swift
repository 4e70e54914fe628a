import HeadraceCore

@testable import HeadraceBroker

extension ConformanceCase {
  static let groups: [ConformanceCase] = [
    ConformanceCase("groups: the coordinator of a group and of a transactional id") { lab in
      for type in [Int8(0), 1] {
        let answer = try lab.settled(
          { try lab.client.call(FindCoordinatorAPI.self, .init(key: lab.name(), keyType: type)) }, \.error)
        try demand(answer.error, .none)
        try demand(answer.port, Int32(lab.target.port))
      }
      let old = try lab.client.call(FindCoordinatorAPI.self, .init(key: "g"), version: 0)
      try demand(old.error, .none)
    },
    ConformanceCase("groups: the coordinator of something else") { lab in
      try demand(lab.client.call(FindCoordinatorAPI.self, .init(key: "x", keyType: 7)).error, .invalidRequest)
    },
    ConformanceCase("groups: a new member is told its id first") { lab in
      let member = try Member(lab, lab.name("g"), clientID: "cid")
      try member.takeID()
      try demand(member.id.hasPrefix("cid-"), "\(member.id)")
      try demand(member.join().error, .none)
      try demand(member.isLeader, "it does not lead")
    },
    ConformanceCase("groups: before version 4 it is not") { lab in
      for version in Int16(0)...3 {
        let member = try Member(lab, lab.name("g"))
        let answer = try lab.settled(
          { try member.client.call(JoinGroupAPI.self, member.request(), version: version) }, \.error)
        try demand(answer.error, .none, "version \(version)")
        try demand(answer.generation, 1)
        try demand(answer.members.map(\.id), [answer.member])
      }
    },
    ConformanceCase("groups: one member, from join to assignment") { lab in
      let member = try Member(lab, lab.name("g"))
      let answer = try member.join()
      try demand(answer.error, .none)
      try demand(answer.generation, 1)
      try demand(answer.protocolName, "range")
      try demand(answer.leader, answer.member)
      try demand(answer.members.map(\.metadata.bytes), [Member.subscription(["t"])])
      try demand(member.sync([member.id: [1, 2, 3]]).assignment.bytes, [1, 2, 3])
      try demand(member.heartbeat(), .none)
    },
    ConformanceCase("groups: the leader alone sees the members") { lab in
      let group = lab.name("g")
      let first = try Member(lab, group), second = try Member(lab, group)
      try first.settle()
      try second.takeID()
      try second.startJoin()
      try lab.eventually("rebalance") { try first.heartbeat() == .rebalanceInProgress }
      try first.startJoin()
      let one = try first.finishJoin(), two = try second.finishJoin()
      try demand(one.leader, one.member)
      try demand(two.leader, one.member)
      try demand(one.members.count, 2)
      try demand(two.members.count, 0)
      try demand(one.generation, 2)
      try demand(two.generation, 2)
    },
    ConformanceCase("groups: three members get what the leader gives them") { lab in
      let group = lab.name("g")
      try Member.settle([try Member(lab, group), try Member(lab, group), try Member(lab, group)])
    },
    ConformanceCase("groups: an empty id") { lab in
      let member = try Member(lab, "")
      try demand(member.client.call(JoinGroupAPI.self, member.request()).error, .invalidGroupID)
    },
    ConformanceCase("groups: a session time-out out of bounds") { lab in
      let member = try Member(lab, lab.name("g"))
      member.session = 5_999
      try demand(
        lab.settled({ try member.client.call(JoinGroupAPI.self, member.request()) }, \.error).error,
        .invalidSessionTimeout)
      member.session = 1_800_001
      try demand(member.client.call(JoinGroupAPI.self, member.request()).error, .invalidSessionTimeout)
    },
    ConformanceCase("groups: an id that nobody was given") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group)
      member.id = "who"
      try demand(
        lab.settled({ try member.client.call(JoinGroupAPI.self, member.request()) }, \.error).error, .unknownMemberID)
      try Member(lab, group).settle()
      try demand(member.client.call(JoinGroupAPI.self, member.request()).error, .unknownMemberID)
    },
    ConformanceCase("groups: no assignor in common") { lab in
      let group = lab.name("g")
      try Member(lab, group).settle()
      let other = try Member(lab, group)
      other.offers = [("sticky", [])]
      try demand(other.client.call(JoinGroupAPI.self, other.request()).error, .inconsistentGroupProtocol)
    },
    ConformanceCase("groups: another kind of protocol") { lab in
      let group = lab.name("g")
      try Member(lab, group).settle()
      let other = try Member(lab, group)
      other.protocolType = "connect"
      try demand(other.client.call(JoinGroupAPI.self, other.request()).error, .inconsistentGroupProtocol)
    },
    ConformanceCase("groups: no protocols at all") { lab in
      let member = try Member(lab, lab.name("g"))
      member.offers = []
      try demand(
        lab.settled({ try member.client.call(JoinGroupAPI.self, member.request()) }, \.error).error,
        .inconsistentGroupProtocol)
    },
    ConformanceCase("groups: the assignor with most votes") { lab in
      let group = lab.name("g")
      let members = try (0..<3).map { _ in try Member(lab, group) }
      members[0].offers = [("a", []), ("b", [])]
      members[1].offers = [("b", []), ("a", [])]
      members[2].offers = [("b", []), ("a", [])]
      try Member.settle(members)
      try demand(members.map(\.protocolName), ["b", "b", "b"])
    },
    ConformanceCase("groups: an assignor that not all support has no votes") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      members[0].offers = [("x", []), ("common", [])]
      members[1].offers = [("y", []), ("common", [])]
      try Member.settle(members)
      try demand(members.map(\.protocolName), ["common", "common"])
    },
    ConformanceCase("groups: a follower that joins again unchanged gets the present generation") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      try Member.settle(members)
      let generation = members[1].generation
      let answer = try members[1].client.call(JoinGroupAPI.self, members[1].request())
      try demand(answer.error, .none)
      try demand(answer.generation, generation)
      try demand(members[0].heartbeat(), .none)
    },
    ConformanceCase("groups: a follower that changed starts a rebalance") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      try Member.settle(members)
      members[1].offers = [("range", Member.subscription(["t", "u"]))]
      try members[1].startJoin()
      try lab.eventually("rebalance") { try members[0].heartbeat() == .rebalanceInProgress }
      try members[0].startJoin()
      try demand(members[0].finishJoin().generation, 3)
      try demand(members[1].finishJoin().generation, 3)
    },
    ConformanceCase("groups: a leader that joins again starts a rebalance") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      try Member.settle(members)
      try members[0].startJoin()
      try lab.eventually("rebalance") { try members[1].heartbeat() == .rebalanceInProgress }
      try members[1].startJoin()
      try demand(members[0].finishJoin().generation, 3)
      try demand(members[1].finishJoin().generation, 3)
    },
    ConformanceCase("groups: one that leaves starts a rebalance") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      try Member.settle(members)
      try demand(members[1].leave(), .none)
      try demand(members[0].heartbeat(), .rebalanceInProgress)
      let answer = try members[0].join()
      try demand(answer.generation, 3)
      try demand(answer.members.count, 1)
    },
    ConformanceCase("groups: when the leader leaves another leads") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      try Member.settle(members)
      try demand(members[0].leave(), .none)
      try demand(members[1].heartbeat(), .rebalanceInProgress)
      try demand(members[1].join().error, .none)
      try demand(members[1].isLeader, "nobody leads")
    },
    ConformanceCase("groups: leaving twice") { lab in
      let member = try Member(lab, lab.name("g"))
      try member.settle()
      try demand(member.leave(), .none)
      try demand(member.leave(), .unknownMemberID)
    },
    ConformanceCase("groups: leaving in the old versions") { lab in
      for version in Int16(0)...2 {
        let member = try Member(lab, lab.name("g"))
        try member.settle()
        try demand(
          member.client.call(LeaveGroupAPI.self, .init(group: member.group, member: member.id), version: version).error,
          .none)
        try demand(
          member.client.call(LeaveGroupAPI.self, .init(group: member.group, member: member.id), version: version).error,
          .unknownMemberID)
      }
    },
    ConformanceCase("groups: leaving a group that is not") { lab in
      let member = try Member(lab, lab.name("g"))
      member.id = "who"
      try demand(lab.settled({ try member.leave() }, { $0 }), .unknownMemberID)
    },
    ConformanceCase("groups: generations count on after all have left") { lab in
      let group = lab.name("g")
      let first = try Member(lab, group)
      try first.settle()
      try first.leave()
      let second = try Member(lab, group)
      // Becoming empty was a generation too.
      try demand(second.join().generation, 3)
    },
    ConformanceCase("groups: heartbeats of strangers") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group)
      try member.settle()
      try demand(member.heartbeat(generation: 9), .illegalGeneration)
      let other = try Member(lab, group)
      other.id = "who"
      try demand(other.heartbeat(generation: 1), .unknownMemberID)
      let nobody = try Member(lab, lab.name("g"))
      nobody.id = "who"
      try demand(lab.settled({ try nobody.heartbeat(generation: 1) }, { $0 }), .unknownMemberID)
    },
    ConformanceCase("groups: every version of the heartbeat") { lab in
      let member = try Member(lab, lab.name("g"))
      try member.settle()
      for version in HeartbeatAPI.key.served {
        try demand(
          member.client.call(
            HeartbeatAPI.self, .init(group: member.group, generation: member.generation, member: member.id),
            version: version
          ).error, .none, "version \(version)")
      }
    },
    ConformanceCase("groups: a heartbeat between join and sync") { lab in
      let member = try Member(lab, lab.name("g"))
      try member.join()
      try demand(member.heartbeat(), .none)
    },
    ConformanceCase("groups: a sync of strangers") { lab in
      let member = try Member(lab, lab.name("g"))
      try member.settle()
      let generation = member.generation
      member.generation = 9
      try demand(member.sync().error, .illegalGeneration)
      member.generation = generation
      member.id = "who"
      try demand(member.sync().error, .unknownMemberID)
    },
    ConformanceCase("groups: every version of the sync") { lab in
      let member = try Member(lab, lab.name("g"))
      try member.settle()
      for version in SyncGroupAPI.key.served {
        let answer = try member.client.call(SyncGroupAPI.self, member.syncRequest(), version: version)
        try demand(answer.error, .none, "version \(version)")
        try demand(answer.assignment.bytes, [1])
      }
    },
    ConformanceCase("groups: a sync during a rebalance") { lab in
      let group = lab.name("g")
      let first = try Member(lab, group), second = try Member(lab, group)
      try first.settle()
      try second.takeID()
      try second.startJoin()
      try lab.eventually("rebalance") { try first.heartbeat() == .rebalanceInProgress }
      try demand(first.sync().error, .rebalanceInProgress)
      try first.startJoin()
      _ = try (first.finishJoin(), second.finishJoin())
    },
    ConformanceCase("groups: a parked sync hears of a new rebalance") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      try members[0].settle()
      try members[1].takeID()
      try members[1].startJoin()
      try lab.eventually("rebalance") { try members[0].heartbeat() == .rebalanceInProgress }
      try members[0].startJoin()
      _ = try (members[0].finishJoin(), members[1].finishJoin())
      try members[1].client.send(SyncGroupAPI.self, members[1].syncRequest())
      OSPause.milliseconds(100)
      // The leader changes its mind instead of syncing.
      members[0].offers = [("range", Member.subscription(["other"]))]
      try members[0].startJoin()
      try demand(members[1].client.receive(SyncGroupAPI.self).error, .rebalanceInProgress)
      try members[1].startJoin()
      _ = try (members[0].finishJoin(), members[1].finishJoin())
    },

    // Static members
    ConformanceCase("static: no detour for an id") { lab in
      let member = try Member(lab, lab.name("g"), instance: "i")
      let answer = try lab.settled({ try member.client.call(JoinGroupAPI.self, member.request()) }, \.error)
      try demand(answer.error, .none)
      try demand(answer.members.map(\.instance), ["i"])
    },
    ConformanceCase("static: a new process takes the place over, without a rebalance") { lab in
      let group = lab.name("g")
      let members = [try Member(lab, group), try Member(lab, group, instance: "i")]
      try Member.settle(members)
      let heir = try Member(lab, group, instance: "i")
      let answer = try heir.join()
      try demand(answer.error, .none)
      try demand(answer.generation, members[1].generation)
      try demand(answer.member != members[1].id, "the same id")
      try demand(answer.leader, members[0].id)
      try demand(answer.members.count, 0)
      try demand(heir.sync().assignment.bytes, [1])
      try demand(members[0].heartbeat(), .none)
      try demand(members[1].heartbeat(), .fencedInstanceID)
      try demand(members[1].commit(lab.topic(), 1), .fencedInstanceID)
      try demand(members[1].sync().error, .fencedInstanceID)
      try demand(members[1].client.call(JoinGroupAPI.self, members[1].request()).error, .fencedInstanceID)
    },
    ConformanceCase("static: a leader's heir is told of the old leader") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group, instance: "i")
      try member.settle()
      let heir = try Member(lab, group, instance: "i")
      let answer = try heir.join()
      try demand(answer.error, .none)
      try demand(answer.leader, member.id)
      try demand(answer.generation, 1)
      try demand(heir.sync().assignment.bytes, [1])
    },
    ConformanceCase("static: leaving by the instance's name") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group, instance: "i")
      try member.settle()
      let answer = try lab.client.call(
        LeaveGroupAPI.self, .init(group: group, members: [.init(id: "", instance: "i"), .init(id: "", instance: "j")]))
      try demand(answer.error, .none)
      try demand(answer.members.map(\.error), [.none, .unknownMemberID])
    },
    ConformanceCase("static: leaving with the wrong id") { lab in
      let group = lab.name("g")
      try Member(lab, group, instance: "i").settle()
      let answer = try lab.client.call(
        LeaveGroupAPI.self, .init(group: group, members: [.init(id: "who", instance: "i")]))
      try demand(answer.members.map(\.error), [.fencedInstanceID])
    },
    ConformanceCase("static: an instance that nobody is") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group)
      try member.settle()
      let answer = try lab.client.call(
        HeartbeatAPI.self, .init(group: group, generation: 1, member: member.id, instance: "nobody"))
      try demand(answer.error, .unknownMemberID)
    },
  ]

  /// What takes its time.
  static let groupTimes: [ConformanceCase] = [
    ConformanceCase("group times: a silent member is out after its session") { lab in
      let member = try Member(lab, lab.name("g"))
      member.session = 6_000
      try member.settle()
      OSPause.milliseconds(3_000)
      try demand(member.heartbeat(), .none, "within the session")
      OSPause.milliseconds(4_500)
      try demand(member.heartbeat(), .none, "a heartbeat began the session anew")
      OSPause.milliseconds(8_000)
      try demand(member.heartbeat(), .unknownMemberID, "after the session")
    },
    ConformanceCase("group times: a commit is a sign of life") { lab in
      let topic = try lab.topic()
      let member = try Member(lab, lab.name("g"))
      member.session = 6_000
      try member.settle()
      OSPause.milliseconds(4_000)
      try demand(member.commit(topic, 1), .none)
      OSPause.milliseconds(4_000)
      try demand(member.heartbeat(), .none)
    },
    ConformanceCase("group times: who does not come to the rebalance is out") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      for member in members { member.rebalance = 3_000 }
      try Member.settle(members)
      try members[0].startJoin()
      let start = MonotonicTime.now
      let answer = try members[0].finishJoin()
      let took = MonotonicTime.now - start
      try demand(answer.members.count, 1)
      try demand(took >= .milliseconds(2_700), "after \(took)")
      try demand(members[1].heartbeat(), .unknownMemberID)
    },
    ConformanceCase("group times: a leader that does not sync is out") { lab in
      let group = lab.name("g")
      let members = try (0..<2).map { _ in try Member(lab, group) }
      for member in members { member.rebalance = 3_000 }
      try members[0].settle()
      try members[1].takeID()
      try members[1].startJoin()
      try lab.eventually("rebalance") { try members[0].heartbeat() == .rebalanceInProgress }
      try members[0].startJoin()
      _ = try (members[0].finishJoin(), members[1].finishJoin())
      try members[1].client.send(SyncGroupAPI.self, members[1].syncRequest())
      try demand(members[1].client.receive(SyncGroupAPI.self).error, .rebalanceInProgress)
      try demand(members[0].heartbeat(), .unknownMemberID)
      try demand(members[1].join().members.map(\.id), [members[1].id])
    },
    ConformanceCase("group times: an id that is not used lapses") { lab in
      let member = try Member(lab, lab.name("g"))
      member.session = 6_000
      try member.takeID()
      OSPause.milliseconds(8_000)
      try demand(member.client.call(JoinGroupAPI.self, member.request()).error, .unknownMemberID)
    },
    ConformanceCase("group times: a static member keeps its place until its session ends") { lab in
      let group = lab.name("g")
      let members = [try Member(lab, group), try Member(lab, group, instance: "i")]
      for member in members {
        member.session = 6_000
        member.rebalance = 3_000
      }
      try Member.settle(members)
      let start = MonotonicTime.now
      try lab.eventually("its session ends", within: 20) {
        OSPause.milliseconds(100)
        return try members[0].heartbeat() == .rebalanceInProgress
      }
      let took = MonotonicTime.now - start
      try demand(took >= .milliseconds(4_500), "after \(took)")
    },
  ]
}
