import HeadraceCore

@testable import HeadraceBroker

extension ConformanceCase {
  static let fetch: [ConformanceCase] = [
    ConformanceCase("fetch: every served version") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      for version in FetchAPI.key.served {
        let answer = try lab.fetch(topic, from: 0, version: version)
        try demand(answer.error, .none, "version \(version)")
        try demand(answer.highWatermark, 1)
        try demand(answer.lastStableOffset, 1)
        try demand(ClientBatch.all(in: answer.records.copied ?? []).count, 1)
      }
    },
    ConformanceCase("fetch: at the end it waits, and comes back empty") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      let start = MonotonicTime.now
      let answer = try lab.fetch(topic, from: 1, maxWait: 500)
      try demand((MonotonicTime.now - start) >= .milliseconds(450), "it did not wait")
      try demand(answer.error, .none)
      try demand(answer.records.count, 0)
      try demand(answer.highWatermark, 1)
    },
    ConformanceCase("fetch: a record wakes it") { lab in
      let topic = try lab.topic()
      let reader = try lab.connect()
      try reader.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, maxWait: 15_000))
      OSPause.milliseconds(50)
      let start = MonotonicTime.now
      try lab.produce(topic, ClientBatch("a"))
      let answer = try reader.receive(FetchAPI.self)
      try demand((MonotonicTime.now - start) < .seconds(5), "it slept on")
      try demand(answer.topics[0].partitions[0].records.count > 0, "no records")
    },
    ConformanceCase("fetch: it waits for min_bytes") { lab in
      let topic = try lab.topic()
      let reader = try lab.connect()
      try reader.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, maxWait: 20_000, minBytes: 150))
      let one = ClientBatch("a")
      try demand(one.bytes.count < 150 && one.bytes.count * 3 >= 150, "the sizes of this case")
      try lab.produce(topic, one)
      try lab.produce(topic, one)
      try lab.produce(topic, one)
      let answer = try reader.receive(FetchAPI.self)
      try demand(answer.topics[0].partitions[0].records.count >= 150, "too few bytes")
    },
    ConformanceCase("fetch: min_bytes 0 does not wait") { lab in
      let topic = try lab.topic()
      let start = MonotonicTime.now
      let answer = try lab.fetch(topic, from: 0, maxWait: 10_000, minBytes: 0)
      try demand((MonotonicTime.now - start) < .seconds(5), "it waited")
      try demand(answer.error, .none)
    },
    ConformanceCase("fetch: no partitions, no wait") { lab in
      let start = MonotonicTime.now
      let answer = try lab.client.call(FetchAPI.self, .init(maxWaitMilliseconds: 10_000, minBytes: 1))
      try demand((MonotonicTime.now - start) < .seconds(5), "it waited")
      try demand(answer.topics.count, 0)
    },
    ConformanceCase("fetch: an unknown topic alone is told at once") { lab in
      let start = MonotonicTime.now
      try demand(lab.fetch(lab.name(), from: 0, maxWait: 10_000).error, .unknownTopicOrPartition)
      try demand((MonotonicTime.now - start) < .seconds(5), "it waited")
    },
    ConformanceCase("fetch: an unknown partition beside a good one does not wake it") { lab in
      let topic = try lab.topic()
      var request = lab.fetchRequest(topic, from: 0, maxWait: 600)
      request.topics[0].partitions.append(.init(index: 7, fetchOffset: 0, maxBytes: 1_000))
      let start = MonotonicTime.now
      let answer = try lab.client.call(FetchAPI.self, request)
      try demand((MonotonicTime.now - start) >= .milliseconds(500), "it did not wait")
      let errors = answer.topics[0].partitions.sorted { $0.index < $1.index }.map(\.error)
      try demand(errors, [.none, .unknownTopicOrPartition])
    },
    ConformanceCase("fetch: beyond the end") { lab in
      let topic = try lab.topic()
      let start = MonotonicTime.now
      let answer = try lab.fetch(topic, from: 1, maxWait: 10_000)
      try demand((MonotonicTime.now - start) < .seconds(5), "it waited")
      try demand(answer.error, .offsetOutOfRange)
      try demand(answer.highWatermark, -1)
    },
    ConformanceCase("fetch: a negative offset") { lab in
      let topic = try lab.topic()
      try demand(lab.fetch(topic, from: -1).error, .offsetOutOfRange)
    },
    ConformanceCase("fetch: below the start") { lab in
      let topic = try lab.topic()
      for value in ["a", "b", "c"] { try lab.produce(topic, ClientBatch(value)) }
      try lab.deleteRecords(topic, before: 2)
      try demand(lab.fetch(topic, from: 1).error, .offsetOutOfRange)
      try demand(lab.fetch(topic, from: 2).logStartOffset, 2)
      try demand(lab.values(topic, from: 2), ["c"])
    },
    ConformanceCase("fetch: an offset within a batch brings the whole batch") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a", "b", "c"))
      let batch = try demanded(ClientBatch.all(in: lab.fetch(topic, from: 1).records.copied ?? []).first, "batch")
      try demand(batch.baseOffset, 0)
      try demand(batch.records.count, 3)
    },
    ConformanceCase("fetch: the first batch comes whole however small the limits") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch(String(repeating: "x", count: 5_000)))
      let answer = try lab.fetch(topic, from: 0, maxBytes: 10, partitionMaxBytes: 10)
      try demand(ClientBatch.all(in: answer.records.copied ?? []).count, 1)
    },
    ConformanceCase("fetch: the partition's limit cuts") { lab in
      let topic = try lab.topic()
      for _ in 0..<10 { try lab.produce(topic, ClientBatch(String(repeating: "x", count: 1_000))) }
      let answer = try lab.fetch(topic, from: 0, partitionMaxBytes: 3_500)
      try demand(answer.records.count <= 3_500, "\(answer.records.count) bytes")
      try demand(ClientBatch.all(in: answer.records.copied ?? []).count, 3)
    },
    ConformanceCase("fetch: the request's limit leaves the rest empty") { lab in
      let topic = try lab.topic(2)
      for partition in Int32(0)...1 {
        try lab.produce(topic, partition, ClientBatch(String(repeating: "x", count: 5_000)))
      }
      var request = lab.fetchRequest(topic, 0, from: 0, maxBytes: 1_000)
      request.topics[0].partitions.append(.init(index: 1, fetchOffset: 0, maxBytes: 1 << 20))
      let answer = try lab.client.call(FetchAPI.self, request)
      try demand(answer.topics[0].partitions.map { $0.records.count > 0 }, [true, false])
      try demand(answer.topics[0].partitions.map(\.error), [.none, .none])
    },
    ConformanceCase("fetch: read_uncommitted has no list of aborted transactions") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      try demand(lab.fetch(topic, from: 0).aborted == nil, "a list")
    },
    ConformanceCase("fetch: read_committed has one, if empty") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      try demand(lab.fetch(topic, from: 0, committed: true).aborted?.count, 0)
    },
    ConformanceCase("fetch: a leader epoch of the future") { lab in
      let topic = try lab.topic()
      var request = lab.fetchRequest(topic, from: 0)
      request.topics[0].partitions[0].leaderEpoch = 99
      try demand(lab.client.call(FetchAPI.self, request).topics[0].partitions[0].error, .unknownLeaderEpoch)
    },
    ConformanceCase("fetch: the leader epoch of the batch's answer") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("a"))
      var request = lab.fetchRequest(topic, from: 0)
      request.topics[0].partitions[0].leaderEpoch = 0
      try demand(lab.client.call(FetchAPI.self, request).topics[0].partitions[0].error, .none)
    },
    ConformanceCase("fetch: an unknown session") { lab in
      let topic = try lab.topic()
      var request = lab.fetchRequest(topic, from: 0)
      request.sessionID = 12_345
      request.sessionEpoch = 3
      try demand(lab.client.call(FetchAPI.self, request).error, .fetchSessionIDNotFound)
    },
    ConformanceCase("fetch: a topic deleted under it") { lab in
      let topic = try lab.topic()
      let reader = try lab.connect()
      try reader.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, maxWait: 15_000))
      OSPause.milliseconds(100)
      let start = MonotonicTime.now
      try lab.delete(topic)
      let answer = try reader.receive(FetchAPI.self)
      try demand((MonotonicTime.now - start) < .seconds(10), "it slept on")
      let error = answer.topics[0].partitions[0].error
      try demand(error == .notLeaderOrFollower || error == .unknownTopicOrPartition, "\(error)")
    },
    ConformanceCase("fetch: compressed batches come as they went") { lab in
      let topic = try lab.topic()
      // "hello" in a gzip'd record set, made elsewhere.
      let batch = CompressedBatch.gzip
      try demand(lab.produce(topic, raw: batch).error, .none)
      let read = try demanded(lab.fetch(topic, from: 0).records.copied, "records")
      try demand(Array(read.dropFirst(61)), Array(batch.dropFirst(61)), "the compressed bytes")
    },
    ConformanceCase("fetch: several partitions and topics at once") { lab in
      let first = try lab.topic(3), second = try lab.topic(2)
      for partition in Int32(0)..<3 { try lab.produce(first, partition, ClientBatch("f\(partition)")) }
      for partition in Int32(0)..<2 { try lab.produce(second, partition, ClientBatch("s\(partition)")) }
      let answer = try lab.client.call(
        FetchAPI.self,
        .init(
          maxWaitMilliseconds: 500, minBytes: 1, maxBytes: 50 << 20,
          topics: [
            .init(name: first, partitions: (0..<3).map { .init(index: $0, fetchOffset: 0, maxBytes: 1 << 20) }),
            .init(name: second, partitions: (0..<2).map { .init(index: $0, fetchOffset: 0, maxBytes: 1 << 20) }),
          ]))
      var values: [String] = []
      for topic in answer.topics {
        for partition in topic.partitions {
          for batch in try ClientBatch.all(in: partition.records.copied ?? []) {
            values += batch.records.map { String(decoding: $0.value ?? [], as: UTF8.self) }
          }
        }
      }
      try demand(values.sorted(), ["f0", "f1", "f2", "s0", "s1"])
    },
  ]
}
