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
    ConformanceCase("topics: the bounds of every setting") { lab in
      let bounds: [(key: String, good: [String], bad: [String])] = [
        ("segment.bytes", ["1048576", " 1048576 ", "2147483647"], ["1048575", "2147483648", "", "1e7"]),
        ("retention.ms", ["-1", "0", "9223372036854775807"], ["-2", "9223372036854775808"]),
        ("retention.bytes", ["-1", "0", "-2"], ["x"]),
        ("cleanup.policy", ["compact,delete", "delete, compact", "compact", ""], ["none", "Compact"]),
        ("min.insync.replicas", ["1", "2"], ["0", "-1"]),
        ("max.message.bytes", ["0", "1"], ["-1"]),
        ("message.timestamp.type", ["LogAppendTime", "CreateTime"], ["logappendtime", ""]),
        ("message.timestamp.after.max.ms", ["0"], ["-1"]),
        ("message.timestamp.before.max.ms", ["0"], ["-1"]),
        ("compression.type", ["producer", "uncompressed", "zstd", "lz4", "snappy", "gzip"], ["none", "LZ4", ""]),
        ("compression.gzip.level", ["-1", "1", "9"], ["0", "10"]),
        ("compression.lz4.level", ["1", "17"], ["0", "18"]),
        ("compression.zstd.level", ["-131072", "22"], ["-131073", "23"]),
        ("segment.ms", ["1"], ["0"]),
        ("segment.jitter.ms", ["0"], ["-1"]),
        ("segment.index.bytes", ["4"], ["3"]),
        ("index.interval.bytes", ["0"], ["-1"]),
        ("flush.ms", ["0"], ["-1"]),
        ("flush.messages", ["1"], ["0"]),
        ("min.cleanable.dirty.ratio", ["0", "1", ".5"], ["1.1", "-0.1"]),
        ("min.compaction.lag.ms", ["0"], ["-1"]),
        ("max.compaction.lag.ms", ["1"], ["0"]),
        ("delete.retention.ms", ["0"], ["-1"]),
        ("file.delete.delay.ms", ["0"], ["-1"]),
        ("unclean.leader.election.enable", ["TRUE", " false"], ["yes", "1", ""]),
        ("preallocate", ["false"], ["no"]),
        ("local.retention.ms", ["-2"], ["-3"]),
        ("local.retention.bytes", ["-2"], ["-3"]),
        ("remote.storage.enable", ["false"], ["true"]),
        ("leader.replication.throttled.replicas", ["*", "0:1,1:2", ""], ["x", "0:a", "none"]),
        ("follower.replication.throttled.replicas", ["*", "0:1"], ["x"]),
        ("message.format.version", [], ["3.0"]),
        ("message.downconversion.enable", [], ["true"]),
      ]
      func create(_ key: String, _ value: String) throws -> ErrorCode {
        try lab.create(
          .init(name: lab.name(), partitions: 1, replicationFactor: 1, configs: [.init(name: key, value: value)]),
          validateOnly: true)
      }
      for (key, good, bad) in bounds {
        for value in good { try demand(create(key, value), .none, "\(key)=\(value)") }
        for value in bad { try demand(create(key, value), .invalidConfig, "\(key)=\(value)") }
      }
    },
    ConformanceCase("topics: settings that contradict each other") { lab in
      let answer = try lab.create(
        .init(
          name: lab.name(), partitions: 1, replicationFactor: 1,
          configs: [
            .init(name: "min.compaction.lag.ms", value: "100"), .init(name: "max.compaction.lag.ms", value: "50"),
          ]))
      try demand(answer, .invalidConfig)
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
    ConformanceCase("metadata: a topic named twice is told once") { lab in
      let topic = try lab.topic(), none = lab.name()
      let answer = try lab.client.call(
        MetadataAPI.self,
        .init(topics: [topic, none, topic, none].map { .init(name: $0) }, allowAutoTopicCreation: false))
      try demand(answer.topics.map(\.name).sorted(), [topic, none].sorted())
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
