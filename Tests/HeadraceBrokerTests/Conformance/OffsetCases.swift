@testable import HeadraceBroker

extension ConformanceCase {
  static let offsets: [ConformanceCase] = [
    ConformanceCase("offsets: the ends of an empty partition") { lab in
      let topic = try lab.topic()
      try demand(lab.offset(topic, at: -1).offset, 0)
      try demand(lab.offset(topic, at: -2).offset, 0)
    },
    ConformanceCase("offsets: latest and earliest") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a", "b", "c"))
      try demand(lab.offset(topic, at: -1).offset, 3)
      try demand(lab.offset(topic, at: -2).offset, 0)
      try demand(lab.offset(topic, at: -1).timestamp, -1)
    },
    ConformanceCase("offsets: every served version") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a", "b"))
      for version in ListOffsetsAPI.key.served {
        let answer = try lab.client.call(
          ListOffsetsAPI.self,
          .init(topics: [.init(name: topic, partitions: [.init(index: 0, timestamp: -1)])]), version: version)
        try demand(answer.topics[0].partitions[0].error, .none, "version \(version)")
        try demand(answer.topics[0].partitions[0].offset, 2)
      }
    },
    ConformanceCase("offsets: the first record at or after a time") { lab in
      let topic = try lab.topic()
      let now = WallClock.milliseconds() - 100_000
      for step in Int64(0)..<5 { try lab.produce(topic, ClientBatch("\(step)", timestamp: now + step * 1_000)) }
      let exact = try lab.offset(topic, at: now + 2_000)
      try demand(exact.offset, 2)
      try demand(exact.timestamp, now + 2_000)
      let between = try lab.offset(topic, at: now + 2_001)
      try demand(between.offset, 3)
      try demand(between.timestamp, now + 3_000)
      try demand(lab.offset(topic, at: 0).offset, 0)
    },
    ConformanceCase("offsets: within a batch, by the record's own time") { lab in
      let topic = try lab.topic()
      let now = WallClock.milliseconds() - 100_000
      var batch = ClientBatch("a", "b", "c", timestamp: now)
      batch.records[1].timestamp = now + 500
      batch.records[2].timestamp = now + 900
      try lab.produce(topic, batch)
      let answer = try lab.offset(topic, at: now + 400)
      try demand(answer.offset, 1)
      try demand(answer.timestamp, now + 500)
    },
    ConformanceCase("offsets: times out of order, first offset wins") { lab in
      let topic = try lab.topic()
      let now = WallClock.milliseconds() - 100_000
      for time in [now, now + 9_000, now + 3_000] { try lab.produce(topic, ClientBatch("x", timestamp: time)) }
      try demand(lab.offset(topic, at: now + 2_000).offset, 1)
    },
    ConformanceCase("offsets: after the last record there is none") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      let answer = try lab.offset(topic, at: WallClock.milliseconds() + 100_000_000)
      try demand(answer.error, .none)
      try demand(answer.offset, -1)
      try demand(answer.timestamp, -1)
    },
    ConformanceCase("offsets: unknown topic and partition") { lab in
      let topic = try lab.topic()
      try demand(lab.offset(lab.name(), at: -1).error, .unknownTopicOrPartition)
      try demand(lab.offset(topic, 5, at: -1).error, .unknownTopicOrPartition)
    },
    ConformanceCase("offsets: the leader epoch of an answer") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      try demand(lab.offset(topic, at: -1).leaderEpoch, 0)
    },
    ConformanceCase("offsets: a leader epoch of the future") { lab in
      let topic = try lab.topic()
      let answer = try lab.client.call(
        ListOffsetsAPI.self,
        .init(topics: [.init(name: topic, partitions: [.init(index: 0, leaderEpoch: 42, timestamp: -1)])]))
      try demand(answer.topics[0].partitions[0].error, .unknownLeaderEpoch)
    },

    // DeleteRecords
    ConformanceCase("delete records: up to an offset") { lab in
      let topic = try lab.topic()
      for value in ["a", "b", "c"] { try lab.produce(topic, ClientBatch(value)) }
      let answer = try lab.deleteRecords(topic, before: 2)
      try demand(answer.error, .none)
      try demand(answer.lowWatermark, 2)
      try demand(lab.offset(topic, at: -2).offset, 2)
      try demand(lab.values(topic, from: 2), ["c"])
    },
    ConformanceCase("delete records: -1 is the high watermark") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a", "b"))
      try demand(lab.deleteRecords(topic, before: -1).lowWatermark, 2)
      try demand(lab.offset(topic, at: -2).offset, 2)
      try lab.produce(topic, ClientBatch("c"))
      try demand(lab.values(topic, from: 2), ["c"])
    },
    ConformanceCase("delete records: below the start changes nothing") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a", "b", "c"))
      try lab.deleteRecords(topic, before: 2)
      let answer = try lab.deleteRecords(topic, before: 1)
      try demand(answer.error, .none)
      try demand(answer.lowWatermark, 2)
    },
    ConformanceCase("delete records: beyond the end, and nonsense") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      try demand(lab.deleteRecords(topic, before: 2).error, .offsetOutOfRange)
      try demand(lab.deleteRecords(topic, before: -2).error, .offsetOutOfRange)
    },
    ConformanceCase("delete records: within a batch") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a", "b", "c"))
      try demand(lab.deleteRecords(topic, before: 1).lowWatermark, 1)
      try demand(lab.fetch(topic, from: 0).error, .offsetOutOfRange)
      try demand(lab.values(topic, from: 1), ["b", "c"])
    },
    ConformanceCase("delete records: of a compacted topic") { lab in
      let topic = try lab.topic(1, ["cleanup.policy": "compact"])
      var batch = ClientBatch("a")
      batch.records[0].key = [1]
      try lab.produce(topic, batch)
      try demand(lab.deleteRecords(topic, before: 1).error, .policyViolation)
    },
    ConformanceCase("delete records: unknown topic") { lab in
      try demand(lab.deleteRecords(lab.name(), before: 0).error, .unknownTopicOrPartition)
    },
  ]
}
