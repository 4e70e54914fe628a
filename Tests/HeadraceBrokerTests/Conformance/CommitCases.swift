@testable import HeadraceBroker

extension ConformanceCase {
  static let commits: [ConformanceCase] = [
    ConformanceCase("commits: by nobody, into a new group") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, 42, metadata: "note"), .none)
      let found = try lab.committed(group, topic)
      try demand(found.offset, 42)
      try demand(found.metadata, "note")
      try demand(found.error, .none)
    },
    ConformanceCase("commits: every served version") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      for version in OffsetCommitAPI.key.served {
        try demand(lab.commit(group, topic, Int64(version), version: version), .none, "version \(version)")
      }
      for version in OffsetFetchAPI.key.served {
        try demand(lab.committed(group, topic, version: version).offset, 7, "version \(version)")
      }
    },
    ConformanceCase("commits: the leader epoch is kept") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try lab.settled(
        {
          try lab.client.call(
            OffsetCommitAPI.self,
            .init(
              group: group,
              topics: [.init(name: topic, partitions: [.init(index: 0, offset: 5, leaderEpoch: 3, metadata: "")])]))
        }, { $0.topics[0].partitions[0].error }
      )
      try demand(lab.committed(group, topic).leaderEpoch, 3)
    },
    ConformanceCase("commits: no metadata is read back as empty") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, 1, metadata: nil), .none)
      try demand(lab.committed(group, topic).metadata, "")
    },
    ConformanceCase("commits: metadata of 4,096 characters, and one more") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let longest = String(repeating: "x", count: 4_096)
      try demand(lab.commit(group, topic, 1, metadata: longest), .none)
      try demand(lab.committed(group, topic).metadata, longest)
      try demand(lab.commit(group, topic, 2, metadata: longest + "x"), .offsetMetadataTooLarge)
      try demand(lab.committed(group, topic).offset, 1)
    },
    ConformanceCase("commits: characters are UTF-16 code units") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, 1, metadata: String(repeating: "é", count: 4_096)), .none)
      try demand(lab.commit(group, topic, 2, metadata: String(repeating: "😀", count: 2_048)), .none)
      try demand(lab.commit(group, topic, 3, metadata: String(repeating: "😀", count: 2_049)), .offsetMetadataTooLarge)
    },
    ConformanceCase("commits: too much metadata for one partition, the other is stored") { lab in
      let topic = try lab.topic(2), group = lab.name("g")
      let answer = try lab.settled(
        {
          try lab.client.call(
            OffsetCommitAPI.self,
            .init(
              group: group,
              topics: [
                .init(
                  name: topic,
                  partitions: [
                    .init(index: 0, offset: 1, metadata: String(repeating: "x", count: 5_000)),
                    .init(index: 1, offset: 2, metadata: ""),
                  ])
              ]))
        }, { $0.topics[0].partitions[1].error })
      try demand(answer.topics[0].partitions.map(\.error), [.offsetMetadataTooLarge, .none])
      try demand(lab.committed(group, topic, 1).offset, 2)
    },
    ConformanceCase("commits: unknown topic and partition") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, lab.name(), 1), .unknownTopicOrPartition)
      try demand(lab.commit(group, topic, 3, 1), .unknownTopicOrPartition)
    },
    ConformanceCase("commits: negative offsets are kept") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, -5), .none)
      try demand(lab.committed(group, topic).offset, -5)
    },
    ConformanceCase("commits: into the group without a name") { lab in
      let topic = try lab.topic()
      try demand(lab.commit("", topic, 11), .none)
      try demand(lab.committed("", topic).offset, 11)
    },
    ConformanceCase("commits: nobody may while there are members") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try Member(lab, group).settle()
      try demand(lab.commit(group, topic, 1), .unknownMemberID)
    },
    ConformanceCase("commits: a generation in a group that is not") { lab in
      let topic = try lab.topic()
      let member = try Member(lab, lab.name("g"))
      member.id = "who"
      try demand(lab.settled({ try member.commit(topic, 1, generation: 3) }, { $0 }), .illegalGeneration)
    },
    ConformanceCase("commits: the right generation, the wrong one, a stranger") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let member = try Member(lab, group)
      try member.settle()
      try demand(member.commit(topic, 7), .none)
      try demand(lab.committed(group, topic).offset, 7)
      try demand(member.commit(topic, 8, generation: 9), .illegalGeneration)
      let other = try Member(lab, group)
      other.id = "who"
      other.generation = 1
      try demand(other.commit(topic, 9), .unknownMemberID)
      try demand(lab.committed(group, topic).offset, 7)
    },
    ConformanceCase("commits: during a rebalance they are stored") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let first = try Member(lab, group), second = try Member(lab, group)
      try first.settle()
      try second.takeID()
      try second.startJoin()
      try lab.eventually("rebalance") { try first.heartbeat() == .rebalanceInProgress }
      try demand(first.commit(topic, 5), .none)
      try demand(lab.committed(group, topic).offset, 5)
      try first.startJoin()
      _ = try (first.finishJoin(), second.finishJoin())
      try demand(first.commit(topic, 6), .rebalanceInProgress, "before the leader has synced")
    },
    ConformanceCase("commits: what was never committed") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let nothing = try lab.committed(group, topic)
      try demand(nothing.offset, -1)
      try demand(nothing.leaderEpoch, -1)
      try demand(nothing.metadata, "")
      try demand(nothing.error, .none)
      try demand(lab.commit(group, topic, 1), .none)
      try demand(lab.committed(group, lab.name()).offset, -1)
    },
    ConformanceCase("commits: all that a group has") { lab in
      let first = try lab.topic(2), second = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, first, 0, 1), .none)
      try demand(lab.commit(group, first, 1, 2), .none)
      try demand(lab.commit(group, second, 3), .none)
      let answer = try lab.client.call(OffsetFetchAPI.self, .init(group: group, topics: nil))
      try demand(answer.error, .none)
      var all: [String: Int64] = [:]
      for topic in answer.topics {
        for partition in topic.partitions { all["\(topic.name)/\(partition.index)"] = partition.offset }
      }
      try demand(all, ["\(first)/0": 1, "\(first)/1": 2, "\(second)/0": 3])
    },
    ConformanceCase("commits: all of a group that is not") { lab in
      let answer = try lab.settled(
        { try lab.client.call(OffsetFetchAPI.self, .init(group: lab.name("g"), topics: nil)) }, \.error)
      try demand(answer.error, .none)
      try demand(answer.topics.count, 0)
    },
    ConformanceCase("commits: they go with their topic") { lab in
      let topic = try lab.topic(), other = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, 1), .none)
      try demand(lab.commit(group, other, 2), .none)
      try lab.delete(topic)
      try lab.eventually("its offset is gone") {
        let all = try lab.client.call(OffsetFetchAPI.self, .init(group: group, topics: nil))
        return all.topics.map(\.name) == [other]
      }
    },
    ConformanceCase("commits: the last one counts, also when it is lower") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      for offset in [Int64(5), 9, 3] { try demand(lab.commit(group, topic, offset), .none) }
      try demand(lab.committed(group, topic).offset, 3)
    },
  ]
}
