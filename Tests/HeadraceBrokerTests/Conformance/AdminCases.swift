@testable import HeadraceBroker

extension ConformanceCase {
  static let admin: [ConformanceCase] = [
    ConformanceCase("admin: a stable group described") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group, instance: "i", clientID: "cid")
      try member.settle()
      for version in DescribeGroupsAPI.key.served {
        let answer = try lab.client.call(DescribeGroupsAPI.self, .init(groups: [group]), version: version)
        let found = try demanded(answer.groups.first, "group")
        try demand(found.error, .none, "version \(version)")
        try demand(found.state, "Stable")
        try demand(found.protocolType, "consumer")
        try demand(found.protocolData, "range")
        try demand(found.members.map(\.id), [member.id])
        try demand(found.members[0].clientID, "cid")
        try demand(found.members[0].clientHost, "/127.0.0.1")
        try demand(found.members[0].metadata.bytes, Member.subscription(["t"]))
        try demand(found.members[0].assignment.bytes, [1])
        if version >= 4 { try demand(found.members[0].instance, "i") }
        if version >= 3 { try demand(found.operations, .min) }
      }
    },
    ConformanceCase("admin: a group between join and sync") { lab in
      let group = lab.name("g")
      let member = try Member(lab, group)
      try member.join()
      let found = try demanded(lab.client.call(DescribeGroupsAPI.self, .init(groups: [group])).groups.first, "group")
      try demand(found.state, "CompletingRebalance")
      try demand(found.members.map(\.assignment.bytes), [[]])
    },
    ConformanceCase("admin: a group of commits only, and one that is not") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, 1), .none)
      let answer = try lab.client.call(DescribeGroupsAPI.self, .init(groups: [group, lab.name("g")]))
      try demand(answer.groups.map(\.state).sorted(), ["Dead", "Empty"])
      try demand(answer.groups.map(\.error), [.none, .none])
    },
    ConformanceCase("admin: groups listed") { lab in
      let topic = try lab.topic(), members = lab.name("g"), commits = lab.name("g")
      try Member(lab, members).settle()
      try demand(lab.commit(commits, topic, 1), .none)
      for version in ListGroupsAPI.key.served {
        let answer = try lab.client.call(ListGroupsAPI.self, .init(), version: version)
        try demand(answer.error, .none, "version \(version)")
        let one = try demanded(answer.groups.first { $0.id == members }, "the group with members")
        let two = try demanded(answer.groups.first { $0.id == commits }, "the group of commits")
        try demand([one.protocolType, two.protocolType], ["consumer", ""])
        if version >= 4 { try demand([one.state, two.state], ["Stable", "Empty"]) }
      }
    },
    ConformanceCase("admin: groups listed by state") { lab in
      let topic = try lab.topic(), members = lab.name("g"), commits = lab.name("g")
      try Member(lab, members).settle()
      try demand(lab.commit(commits, topic, 1), .none)
      let stable = try lab.client.call(ListGroupsAPI.self, .init(states: ["Stable"])).groups.map(\.id)
      try demand(stable.contains(members) && !stable.contains(commits), "\(stable)")
      let empty = try lab.client.call(ListGroupsAPI.self, .init(states: ["Empty"])).groups.map(\.id)
      try demand(empty.contains(commits) && !empty.contains(members), "\(empty)")
    },
    ConformanceCase("admin: deleting groups") { lab in
      let topic = try lab.topic(), full = lab.name("g"), empty = lab.name("g")
      try Member(lab, full).settle()
      try demand(lab.commit(empty, topic, 1), .none)
      let answer = try lab.client.call(DeleteGroupsAPI.self, .init(groups: [full, empty, lab.name("g")]))
      let errors = Dictionary(uniqueKeysWithValues: answer.results.map { ($0.group, $0.error) })
      try demand(errors[full], .nonEmptyGroup)
      try demand(errors[empty], ErrorCode.none)
      try demand(errors.values.contains(.groupIDNotFound), "the group that is not")
      try demand(lab.committed(empty, topic).offset, -1)
      try demand(lab.client.call(DescribeGroupsAPI.self, .init(groups: [empty])).groups[0].state, "Dead")
    },
    ConformanceCase("admin: deleting a group whose members have left") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let member = try Member(lab, group)
      try member.settle()
      try demand(member.commit(topic, 4), .none)
      try member.leave()
      try demand(lab.client.call(DescribeGroupsAPI.self, .init(groups: [group])).groups[0].state, "Empty")
      try demand(lab.client.call(DeleteGroupsAPI.self, .init(groups: [group])).results[0].error, .none)
      try demand(lab.committed(group, topic).offset, -1)
    },
    ConformanceCase("admin: deleting offsets") { lab in
      let topic = try lab.topic(2), group = lab.name("g")
      try demand(lab.commit(group, topic, 0, 1), .none)
      try demand(lab.commit(group, topic, 1, 2), .none)
      let answer = try lab.client.call(
        OffsetDeleteAPI.self, .init(group: group, topics: [.init(name: topic, partitions: [.init(index: 0)])]))
      try demand(answer.error, .none)
      try demand(answer.topics[0].partitions[0].error, .none)
      try demand(lab.committed(group, topic, 0).offset, -1)
      try demand(lab.committed(group, topic, 1).offset, 2)
    },
    ConformanceCase("admin: deleting offsets of a topic that a member reads") { lab in
      let topic = try lab.topic(), other = try lab.topic(), group = lab.name("g")
      let member = try Member(lab, group)
      member.offers = [("range", Member.subscription([topic]))]
      try member.settle()
      try demand(member.commit(topic, 1), .none)
      try demand(member.commit(other, 1), .none)
      let answer = try lab.client.call(
        OffsetDeleteAPI.self,
        .init(
          group: group,
          topics: [
            .init(name: topic, partitions: [.init(index: 0)]), .init(name: other, partitions: [.init(index: 0)]),
          ]))
      let errors = Dictionary(uniqueKeysWithValues: answer.topics.map { ($0.name, $0.partitions[0].error) })
      try demand(errors, [topic: .groupSubscribedToTopic, other: .none])
    },
    ConformanceCase("admin: deleting offsets of an unknown group, and an unknown partition") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let unknown = try lab.settled(
        {
          try lab.client.call(
            OffsetDeleteAPI.self,
            .init(group: lab.name("g"), topics: [.init(name: topic, partitions: [.init(index: 0)])]))
        }, \.error)
      try demand(unknown.error, .groupIDNotFound)
      try demand(lab.commit(group, topic, 1), .none)
      let answer = try lab.client.call(
        OffsetDeleteAPI.self, .init(group: group, topics: [.init(name: topic, partitions: [.init(index: 8)])]))
      try demand(answer.topics[0].partitions[0].error, .unknownTopicOrPartition)
    },
    ConformanceCase("admin: the group without a name") { lab in
      let described = try lab.settled(
        { try lab.client.call(DescribeGroupsAPI.self, .init(groups: [""])) }, { $0.groups.first?.error ?? .none })
      try demand(described.groups.map(\.error), [.none])
      let heartbeat = try lab.client.call(HeartbeatAPI.self, .init(group: "", generation: 1, member: "m"))
      try demand(heartbeat.error, .invalidGroupID)
      let sync = try lab.client.call(SyncGroupAPI.self, .init(group: "", generation: 1, member: "m"))
      try demand(sync.error, .invalidGroupID)
      let leave = try lab.client.call(LeaveGroupAPI.self, .init(group: "", members: [.init(id: "m", instance: nil)]))
      try demand(leave.error, .invalidGroupID)
    },
    ConformanceCase("admin: access control is not known here") { lab in
      let described = try lab.client.call(
        DescribeACLsAPI.self,
        .init(
          resourceType: 1, resourceName: nil, patternType: 1, principal: nil, host: nil, operation: 1, permission: 1))
      try demand(described.error, .securityDisabled)
      let created = try lab.client.call(
        CreateACLsAPI.self,
        .init(creations: [
          .init(
            resourceType: 2, resourceName: "t", patternType: 3, principal: "User:a", host: "*", operation: 3,
            permission: 3)
        ]))
      try demand(created.results.map(\.error), [.securityDisabled])
      let deleted = try lab.client.call(
        DeleteACLsAPI.self,
        .init(filters: [
          .init(
            resourceType: 1, resourceName: nil, patternType: 1, principal: nil, host: nil, operation: 1, permission: 1)
        ]))
      try demand(deleted.results.map(\.error), [.securityDisabled])
    },
  ]
}
