@testable import HeadraceBroker

extension ConformanceCase {
  static let configs: [ConformanceCase] = [
    ConformanceCase("configs: a topic's own value, and a default") { lab in
      let topic = try lab.topic(1, ["retention.ms": "12345"])
      let own = try lab.config(topic, "retention.ms")
      try demand(own.value, "12345")
      try demand(own.source, 1)
      try demand(own.isReadOnly, false)
      let standard = try lab.config(topic, "cleanup.policy")
      try demand(standard.value, "delete")
      try demand(standard.source, 5)
    },
    ConformanceCase("configs: every served version") { lab in
      let topic = try lab.topic(1, ["retention.ms": "777"])
      for version in DescribeConfigsAPI.key.served {
        let result = try lab.configs(of: topic, keys: ["retention.ms"], version: version)
        try demand(result.error, .none, "version \(version)")
        try demand(result.configs.map(\.value), ["777"])
      }
    },
    ConformanceCase("configs: types") { lab in
      let topic = try lab.topic()
      for (key, type) in [
        ("retention.ms", Int8(5)), ("cleanup.policy", 7), ("max.message.bytes", 3), ("compression.type", 2),
        ("min.cleanable.dirty.ratio", 6), ("preallocate", 1),
      ] {
        try demand(lab.config(topic, key).type, type, key)
      }
    },
    ConformanceCase("configs: synonyms of an override") { lab in
      let topic = try lab.topic(1, ["retention.ms": "777"])
      let config = try lab.config(topic, "retention.ms")
      try demand(config.synonyms.first?.name, "retention.ms")
      try demand(config.synonyms.first?.value, "777")
      try demand(config.synonyms.first?.source, 1)
    },
    ConformanceCase("configs: all keys when none are named") { lab in
      let topic = try lab.topic()
      let names = Set(try lab.configs(of: topic).configs.map(\.name))
      for key in [
        "cleanup.policy", "retention.ms", "retention.bytes", "segment.bytes", "segment.ms", "max.message.bytes",
        "delete.retention.ms", "min.compaction.lag.ms", "max.compaction.lag.ms", "min.cleanable.dirty.ratio",
        "message.timestamp.type", "compression.type", "min.insync.replicas",
      ] {
        try demand(names.contains(key), "\(key) is missing")
      }
    },
    ConformanceCase("configs: unknown topic") { lab in
      try demand(lab.configs(of: lab.name()).error, .unknownTopicOrPartition)
    },
    ConformanceCase("configs: of the broker") { lab in
      let node = try demanded(lab.client.call(MetadataAPI.self, .init(topics: [])).brokers.first?.id, "broker")
      let answer = try lab.client.call(
        DescribeConfigsAPI.self, .init(resources: [.init(type: 4, name: "\(node)", keys: nil)]))
      try demand(answer.results.first?.error, ErrorCode.none)
      try demand(answer.results[0].configs.contains { $0.name == "auto.create.topics.enable" }, "no broker settings")
      let other = try lab.client.call(
        DescribeConfigsAPI.self, .init(resources: [.init(type: 4, name: "\(node + 5)", keys: nil)]))
      try demand(other.results.first?.error, .invalidRequest)
    },
    ConformanceCase("configs: set one, the others stay") { lab in
      let topic = try lab.topic(1, ["retention.ms": "777"])
      try demand(lab.change(topic, "max.message.bytes", 0, "5000"), .none)
      try lab.eventually("the new value") { try lab.config(topic, "max.message.bytes").value == "5000" }
      try demand(lab.config(topic, "retention.ms").value, "777")
    },
    ConformanceCase("configs: a new value is in force") { lab in
      let topic = try lab.topic()
      try demand(lab.change(topic, "max.message.bytes", 0, "100"), .none)
      try lab.eventually("a large batch is refused") {
        try lab.produce(topic, ClientBatch(String(repeating: "x", count: 500))).error == .messageTooLarge
      }
    },
    ConformanceCase("configs: delete one") { lab in
      let topic = try lab.topic(1, ["retention.ms": "777"])
      try demand(lab.change(topic, "retention.ms", 1, nil), .none)
      try lab.eventually("the default") { try lab.config(topic, "retention.ms").source == 5 }
    },
    ConformanceCase("configs: append to a list and take from it") { lab in
      let topic = try lab.topic(1, ["cleanup.policy": "compact"])
      try demand(lab.change(topic, "cleanup.policy", 2, "delete"), .none)
      try lab.eventually("both") {
        (try lab.config(topic, "cleanup.policy").value ?? "").split(separator: ",").sorted() == ["compact", "delete"]
      }
      try demand(lab.change(topic, "cleanup.policy", 3, "compact"), .none)
      try lab.eventually("one") { try lab.config(topic, "cleanup.policy").value == "delete" }
    },
    ConformanceCase("configs: a number is kept without the spaces around it") { lab in
      let topic = try lab.topic()
      try demand(lab.change(topic, "retention.ms", 0, " 77 "), .none)
      try lab.eventually("it is kept") { try lab.config(topic, "retention.ms").value == "77" }
    },
    ConformanceCase("configs: the last item of a list can go") { lab in
      let topic = try lab.topic()
      try demand(lab.change(topic, "cleanup.policy", 3, "delete"), .none)
      try lab.eventually("it is gone") { try lab.config(topic, "cleanup.policy").value == "" }
      try demand(lab.config(topic, "cleanup.policy").source, 1)
      try demand(lab.change(topic, "cleanup.policy", 3, "nonsense"), .none)
      try demand(lab.change(topic, "cleanup.policy", 2, "nonsense"), .invalidConfig)
      try demand(lab.change(topic, "cleanup.policy", 2, "compact"), .none)
      try demand(lab.change(topic, "cleanup.policy", 2, "compact"), .none)
      try lab.eventually("there is one") { try lab.config(topic, "cleanup.policy").value == "compact" }
    },
    ConformanceCase("configs: append to what is no list") { lab in
      let topic = try lab.topic()
      try demand(lab.change(topic, "retention.ms", 2, "5"), .invalidConfig)
    },
    ConformanceCase("configs: unknown key, bad value, unknown topic") { lab in
      let topic = try lab.topic()
      try demand(lab.change(topic, "no.such.key", 0, "1"), .invalidConfig)
      try demand(lab.change(topic, "retention.ms", 0, "soon"), .invalidConfig)
      try demand(lab.change(lab.name(), "retention.ms", 0, "5"), .unknownTopicOrPartition)
    },
    ConformanceCase("configs: replace all") { lab in
      let topic = try lab.topic(1, ["retention.ms": "777"])
      let answer = try lab.client.call(
        AlterConfigsAPI.self,
        .init(resources: [.init(type: 2, name: topic, configs: [.init(name: "segment.ms", value: "60000")])]))
      try demand(answer.results.first?.error, ErrorCode.none)
      try lab.eventually("the new one") { try lab.config(topic, "segment.ms").value == "60000" }
      try demand(lab.config(topic, "retention.ms").source, 5)
    },
    ConformanceCase("configs: validate only") { lab in
      let topic = try lab.topic(1, ["retention.ms": "777"])
      let answer = try lab.client.call(
        IncrementalAlterConfigsAPI.self,
        .init(
          resources: [.init(type: 2, name: topic, configs: [.init(name: "retention.ms", operation: 0, value: "9")])],
          validateOnly: true))
      try demand(answer.results.first?.error, ErrorCode.none)
      try demand(lab.config(topic, "retention.ms").value, "777")
    },
  ]
}
