@testable import HeadraceBroker

extension ConformanceCase {
  static let topics: [ConformanceCase] = [
    ConformanceCase("topics: create, describe, delete") { lab in
      let topic = try lab.topic(3)
      let answer = try lab.client.call(MetadataAPI.self, .init(topics: [.init(name: topic)]))
      let found = try demanded(answer.topics.first, "topic")
      try demand(found.partitions.map(\.index).sorted(), [0, 1, 2])
      let node = try demanded(answer.brokers.first, "broker")
      try demand(node.port, Int32(lab.target.port))
      for partition in found.partitions {
        try demand(partition.leader, node.id)
        try demand(partition.replicas, [node.id])
        try demand(partition.inSyncReplicas, [node.id])
        try demand(partition.leaderEpoch, 0)
        try demand(partition.offlineReplicas, [])
      }
      try demand(found.isInternal, false)
      try lab.delete(topic)
      try lab.eventually("the topic is gone") { try !lab.exists(topic) }
    },
    ConformanceCase("topics: create by every served version") { lab in
      for version in CreateTopicsAPI.key.served {
        let topic = lab.name()
        try demand(
          lab.create(.init(name: topic, partitions: 1, replicationFactor: 1), version: version), .none,
          "version \(version)")
      }
    },
    ConformanceCase("topics: defaults for partitions and replicas") { lab in
      let topic = lab.name()
      try demand(lab.create(.init(name: topic)), .none)
      try lab.eventually("the topic is there") { try lab.exists(topic) }
      let answer = try lab.client.call(MetadataAPI.self, .init(topics: [.init(name: topic)]))
      try demand(answer.topics[0].partitions.count, 1)
    },
    ConformanceCase("topics: one that exists") { lab in
      let topic = try lab.topic()
      try demand(lab.create(.init(name: topic, partitions: 1, replicationFactor: 1)), .topicAlreadyExists)
    },
    ConformanceCase("topics: names that cannot be") { lab in
      for name in [".", "..", "a b", "ä", "a/b", String(repeating: "x", count: 250)] {
        try demand(lab.create(.init(name: name, partitions: 1, replicationFactor: 1)), .invalidTopic, name)
      }
    },
    ConformanceCase("topics: the longest name") { lab in
      let prefix = lab.name()
      let name = prefix + String(repeating: "x", count: 249 - prefix.utf8.count)
      try demand(lab.create(.init(name: name, partitions: 1, replicationFactor: 1)), .none)
    },
    ConformanceCase("topics: a name that differs by dot and underscore only") { lab in
      let name = lab.name()
      try demand(lab.create(.init(name: name + ".a", partitions: 1, replicationFactor: 1)), .none)
      try demand(lab.create(.init(name: name + "_a", partitions: 1, replicationFactor: 1)), .invalidTopic)
    },
    ConformanceCase("topics: no partitions") { lab in
      try demand(lab.create(.init(name: lab.name(), partitions: 0, replicationFactor: 1)), .invalidPartitions)
    },
    ConformanceCase("topics: replicas that cannot be") { lab in
      try demand(lab.create(.init(name: lab.name(), partitions: 1, replicationFactor: 2)), .invalidReplicationFactor)
      try demand(lab.create(.init(name: lab.name(), partitions: 1, replicationFactor: 0)), .invalidReplicationFactor)
    },
    ConformanceCase("topics: unknown settings and bad values") { lab in
      func create(_ key: String, _ value: String?) throws -> ErrorCode {
        try lab.create(
          .init(
            name: lab.name(), partitions: 1, replicationFactor: 1, configs: [.init(name: key, value: value)]))
      }
      try demand(create("no.such.key", "1"), .invalidConfig)
      try demand(create("retention.ms", "soon"), .invalidConfig)
      try demand(create("cleanup.policy", "burn"), .invalidConfig)
    },
    ConformanceCase("topics: validate only") { lab in
      let topic = lab.name()
      try demand(lab.create(.init(name: topic, partitions: 1, replicationFactor: 1), validateOnly: true), .none)
      try demand(lab.exists(topic), false)
      let present = try lab.topic()
      try demand(
        lab.create(.init(name: present, partitions: 1, replicationFactor: 1), validateOnly: true), .topicAlreadyExists)
    },
    ConformanceCase("topics: named twice in a request") { lab in
      let topic = lab.name()
      let answer = try lab.client.call(
        CreateTopicsAPI.self,
        .init(topics: [
          .init(name: topic, partitions: 1, replicationFactor: 1),
          .init(name: topic, partitions: 2, replicationFactor: 1),
        ]))
      try demand(answer.topics.map(\.error), [.invalidRequest])
      try demand(lab.exists(topic), false)
    },
    ConformanceCase("topics: assignments to the one node") { lab in
      let node = try demanded(
        lab.client.call(MetadataAPI.self, .init(topics: [])).brokers.first?.id, "broker")
      let topic = lab.name()
      try demand(
        lab.create(
          .init(
            name: topic,
            assignments: [.init(partition: 0, brokers: [node]), .init(partition: 1, brokers: [node])])), .none)
      try lab.eventually("the topic is there") { try lab.exists(topic) }
      try demand(
        lab.create(.init(name: lab.name(), assignments: [.init(partition: 0, brokers: [node + 77])])),
        .invalidReplicaAssignment)
    },
    ConformanceCase("topics: delete what is not there") { lab in
      let answer = try lab.client.call(DeleteTopicsAPI.self, .init(names: [lab.name()]))
      try demand(answer.topics.first?.error, .unknownTopicOrPartition)
    },
    ConformanceCase("topics: a new one of an old name is empty") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      try lab.delete(topic)
      try lab.eventually("it is created again") {
        try lab.create(.init(name: topic, partitions: 1, replicationFactor: 1)) == .none
      }
      try lab.eventually("it is served") { try lab.fetch(topic, from: 0, maxWait: 0, minBytes: 0).error == .none }
      try demand(lab.end(topic), 0)
    },

    // Metadata
    ConformanceCase("metadata: every served version") { lab in
      let topic = try lab.topic()
      for version in MetadataAPI.key.served {
        let answer = try lab.client.call(
          MetadataAPI.self, .init(topics: [.init(name: topic)]), version: version)
        try demand(answer.topics.first?.name, topic, "version \(version)")
        try demand(answer.brokers.count, 1)
        if version >= 2 { try demand((answer.clusterID ?? "").isEmpty, false) }
        if version >= 1 { try demand(answer.controllerID, answer.brokers[0].id) }
      }
    },
    ConformanceCase("metadata: null is all topics, empty is none") { lab in
      let topic = try lab.topic()
      let all = try lab.client.call(MetadataAPI.self, .init(topics: nil), version: 4)
      try demand(all.topics.contains { $0.name == topic }, "the topic is missing")
      let none = try lab.client.call(MetadataAPI.self, .init(topics: []), version: 4)
      try demand(none.topics.count, 0)
    },
    ConformanceCase("metadata: in version 0 empty is all") { lab in
      let topic = try lab.topic()
      let all = try lab.client.call(MetadataAPI.self, .init(topics: []), version: 0)
      try demand(all.topics.contains { $0.name == topic }, "the topic is missing")
    },
    ConformanceCase("metadata: unknown topic") { lab in
      let name = lab.name()
      let answer = try lab.client.call(
        MetadataAPI.self, .init(topics: [.init(name: name)], allowAutoTopicCreation: false))
      try demand(answer.topics.first?.error, .unknownTopicOrPartition)
      try demand(answer.topics.first?.name, name)
    },
    ConformanceCase("metadata: a name that cannot be") { lab in
      let answer = try lab.client.call(
        MetadataAPI.self, .init(topics: [.init(name: "a b")], allowAutoTopicCreation: false))
      try demand(answer.topics.first?.error, .invalidTopic)
    },
    ConformanceCase("metadata: no operations are told unless asked for") { lab in
      let topic = try lab.topic()
      let answer = try lab.client.call(MetadataAPI.self, .init(topics: [.init(name: topic)]), version: 8)
      try demand(answer.operations, .min)
      try demand(answer.topics[0].operations, .min)
    },

    // CreatePartitions
    ConformanceCase("partitions: more") { lab in
      let topic = try lab.topic(1)
      let answer = try lab.client.call(
        CreatePartitionsAPI.self, .init(topics: [.init(name: topic, count: 3, assignments: nil)]))
      try demand(answer.results.first?.error, ErrorCode.none)
      try lab.eventually("three partitions") {
        try lab.client.call(MetadataAPI.self, .init(topics: [.init(name: topic)])).topics[0].partitions.count == 3
      }
      try lab.eventually("the new one is written to") { try lab.produce(topic, 2, ClientBatch("x")).error == .none }
    },
    ConformanceCase("partitions: as many, or fewer") { lab in
      let topic = try lab.topic(2)
      for count in [Int32(2), 1, 0] {
        let answer = try lab.client.call(
          CreatePartitionsAPI.self, .init(topics: [.init(name: topic, count: count, assignments: nil)]))
        try demand(answer.results.first?.error, .invalidPartitions, "\(count)")
      }
    },
    ConformanceCase("partitions: of an unknown topic") { lab in
      let answer = try lab.client.call(
        CreatePartitionsAPI.self, .init(topics: [.init(name: lab.name(), count: 3, assignments: nil)]))
      try demand(answer.results.first?.error, .unknownTopicOrPartition)
    },
    ConformanceCase("partitions: validate only") { lab in
      let topic = try lab.topic(1)
      let answer = try lab.client.call(
        CreatePartitionsAPI.self, .init(topics: [.init(name: topic, count: 4, assignments: nil)], validateOnly: true))
      try demand(answer.results.first?.error, ErrorCode.none)
      let metadata = try lab.client.call(MetadataAPI.self, .init(topics: [.init(name: topic)]))
      try demand(metadata.topics[0].partitions.count, 1)
    },
  ]
}
