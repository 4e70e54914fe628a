@testable import HeadraceBroker

extension ConformanceCase {
  static let produce: [ConformanceCase] = [
    ConformanceCase("produce: offsets follow each other") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a")).baseOffset, 0)
      try demand(lab.produce(topic, ClientBatch("b", "c", "d")).baseOffset, 1)
      try demand(lab.produce(topic, ClientBatch("e")).baseOffset, 4)
      try demand(lab.values(topic), ["a", "b", "c", "d", "e"])
    },
    ConformanceCase("produce: every served version") { lab in
      let topic = try lab.topic()
      for version in ProduceAPI.key.served {
        let answer = try lab.produce(topic, ClientBatch("v\(version)"), version: version)
        try demand(answer.error, .none, "version \(version)")
        try demand(answer.logAppendTime, -1)
        if version >= 5 { try demand(answer.logStartOffset, 0) }
      }
      try demand(lab.end(topic), 5)
    },
    ConformanceCase("produce: acks=1") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a"), acks: 1).baseOffset, 0)
      try lab.eventually("the record is there") { try lab.values(topic) == ["a"] }
    },
    ConformanceCase("produce: acks=0 has no answer") { lab in
      let topic = try lab.topic()
      let client = try lab.connect()
      try client.send(ProduceAPI.self, Lab.produceRequest(topic, 0, ClientBatch("a").bytes, acks: 0))
      let id = try client.send(APIVersionsAPI.self, .init(), version: 0)
      _ = try client.receive(APIVersionsAPI.self, version: 0, correlation: id)
      try lab.eventually("the record is there") { try lab.values(topic) == ["a"] }
    },
    ConformanceCase("produce: acks=0 that fails ends the connection") { lab in
      let client = try lab.connect()
      try client.send(ProduceAPI.self, Lab.produceRequest(lab.name(), 0, ClientBatch("a").bytes, acks: 0))
      try demand(client.isClosedWithoutAnswer(), "an answer, or an open connection")
    },
    ConformanceCase("produce: acks=2") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a"), acks: 2).error, .invalidRequiredAcks)
      try demand(lab.end(topic), 0)
    },
    ConformanceCase("produce: unknown topic") { lab in
      try demand(lab.produce(lab.name(), ClientBatch("a")).error, .unknownTopicOrPartition)
    },
    ConformanceCase("produce: unknown partition") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, 1, ClientBatch("a")).error, .unknownTopicOrPartition)
      try demand(lab.produce(topic, -1, ClientBatch("a")).error, .unknownTopicOrPartition)
    },
    ConformanceCase("produce: one bad partition does not spoil the other") { lab in
      let topic = try lab.topic()
      let bytes = ClientBatch("a").bytes
      let answer = try lab.client.call(
        ProduceAPI.self,
        .init(
          acks: -1, timeoutMilliseconds: 5_000,
          topics: [
            .init(
              name: topic,
              partitions: [.init(index: 0, records: .owned(bytes)), .init(index: 9, records: .owned(bytes))])
          ]))
      let errors = answer.topics[0].partitions.sorted { $0.index < $1.index }.map(\.error)
      try demand(errors, [.none, .unknownTopicOrPartition])
    },
    ConformanceCase("produce: a wrong checksum") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a").with { $0.breaksChecksum = true }).error, .corruptMessage)
      try demand(lab.end(topic), 0)
    },
    ConformanceCase("produce: nothing at all") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, raw: []).error, .invalidRecord)
    },
    ConformanceCase("produce: a truncated batch") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, raw: Array(ClientBatch("abcdefgh").bytes.dropLast(3))).error, .invalidRecord)
    },
    ConformanceCase("produce: two batches for a partition") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, raw: ClientBatch("a").bytes + ClientBatch("b").bytes).error, .invalidRecord)
    },
    ConformanceCase("produce: a count that is not the number of records") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a", "b").with { $0.recordCount = 5 }).error, .invalidRecord)
    },
    ConformanceCase("produce: a last offset delta that does not go with the count") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a", "b").with { $0.lastOffsetDelta = 7 }).error, .invalidRecord)
    },
    ConformanceCase("produce: a control batch of a client's") { lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch("a").with { $0.attributes = 0x20 }).error, .invalidRecord)
    },
    ConformanceCase("produce: a timestamp far ahead") { lab in
      let topic = try lab.topic()
      let late = WallClock.milliseconds() + 3 * 3_600_000
      try demand(lab.produce(topic, ClientBatch("a", timestamp: late)).error, .invalidTimestamp)
    },
    ConformanceCase("produce: an old timestamp, and none") { lab in
      let topic = try lab.topic(1, ["retention.ms": "-1"])
      try demand(lab.produce(topic, ClientBatch("a", timestamp: 1_000)).error, .none)
      try demand(lab.produce(topic, ClientBatch("b", timestamp: -1)).error, .none)
      try demand(lab.values(topic), ["a", "b"])
    },
    ConformanceCase("produce: the largest batch that a topic takes, and one byte more") { lab in
      let topic = try lab.topic(1, ["max.message.bytes": "1000"])
      func batch(_ size: Int) -> ClientBatch {
        var filler = size - ClientBatch("").bytes.count
        while ClientBatch(String(repeating: "x", count: filler)).bytes.count > size { filler -= 1 }
        return ClientBatch(String(repeating: "x", count: filler))
      }
      try demand(batch(1_000).bytes.count, 1_000, "the size of the batch")
      try demand(lab.produce(topic, batch(1_000)).error, .none)
      try demand(lab.produce(topic, batch(1_001)).error, .messageTooLarge)
    },
    ConformanceCase("produce: a compacted topic wants keys") { lab in
      let topic = try lab.topic(1, ["cleanup.policy": "compact"])
      var keyed = ClientBatch("b")
      keyed.records[0].key = Array("k".utf8)
      try demand(lab.produce(topic, ClientBatch("a")).error, .invalidRecord)
      try demand(lab.produce(topic, keyed).error, .none)
    },
    ConformanceCase("produce: LogAppendTime stamps batch and answer") { lab in
      let topic = try lab.topic(1, ["message.timestamp.type": "LogAppendTime"])
      let before = WallClock.milliseconds()
      let answer = try lab.produce(topic, ClientBatch("a", timestamp: 5))
      try demand(answer.logAppendTime >= before - 1_000, "the time of the append")
      let batch = try demanded(
        ClientBatch.all(in: lab.fetch(topic, from: 0).records.copied ?? []).first, "batch")
      try demand(batch.attributes & 8, 8, "the bit of the timestamp's kind")
    },
    ConformanceCase("produce: keys, nulls and headers come back") { lab in
      let topic = try lab.topic()
      var batch = ClientBatch("v")
      batch.records[0].key = Array("k".utf8)
      batch.records[0].headers = [("h", Array("1".utf8)), ("n", nil), ("h", [])]
      batch.records.append(.init(key: nil, value: nil, timestamp: batch.records[0].timestamp))
      try lab.produce(topic, batch)
      let read = try demanded(ClientBatch.all(in: lab.fetch(topic, from: 0).records.copied ?? []).first, "batch")
      try demand(read.records.count, 2)
      try demand(read.records[0].key, Array("k".utf8))
      try demand(read.records[0].headers.map(\.0), ["h", "n", "h"])
      try demand(read.records[0].headers.map(\.1), [Array("1".utf8), nil, []])
      try demand(read.records[1].value, nil)
    },

    // Idempotence
    ConformanceCase("idempotence: a new producer id, each time another") { lab in
      let first = try lab.producerID(), second = try lab.producerID()
      try demand(first.producerEpoch, 0)
      try demand(first.producerID >= 0 && first.producerID != second.producerID, "\(first) and \(second)")
    },
    ConformanceCase("idempotence: a repeated batch is told its first offset") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try demand(lab.produce(topic, ClientBatch("a", "b").from(id, 0, 0)).baseOffset, 0)
      try demand(lab.produce(topic, ClientBatch("c").from(id, 0, 2)).baseOffset, 2)
      let again = try lab.produce(topic, ClientBatch("a", "b").from(id, 0, 0))
      try demand(again.error, .none)
      try demand(again.baseOffset, 0)
      try demand(lab.end(topic), 3)
    },
    ConformanceCase("idempotence: five batches are remembered, the sixth is not") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      for sequence in Int32(0)..<6 { try lab.produce(topic, ClientBatch("\(sequence)").from(id, 0, sequence)) }
      try demand(lab.produce(topic, ClientBatch("1").from(id, 0, 1)).baseOffset, 1)
      try demand(lab.produce(topic, ClientBatch("0").from(id, 0, 0)).error, .outOfOrderSequenceNumber)
    },
    ConformanceCase("idempotence: a gap") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try lab.produce(topic, ClientBatch("a").from(id, 0, 0))
      try demand(lab.produce(topic, ClientBatch("c").from(id, 0, 2)).error, .outOfOrderSequenceNumber)
    },
    ConformanceCase("idempotence: same first sequence, other last one") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try lab.produce(topic, ClientBatch("a", "b").from(id, 0, 0))
      try demand(lab.produce(topic, ClientBatch("a").from(id, 0, 0)).error, .outOfOrderSequenceNumber)
    },
    ConformanceCase("idempotence: an older epoch") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try lab.produce(topic, ClientBatch("a").from(id, 1, 0))
      try demand(lab.produce(topic, ClientBatch("b").from(id, 0, 1)).error, .invalidProducerEpoch)
    },
    ConformanceCase("idempotence: a newer epoch begins at sequence 0") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try lab.produce(topic, ClientBatch("a").from(id, 0, 0))
      try demand(lab.produce(topic, ClientBatch("b").from(id, 1, 1)).error, .outOfOrderSequenceNumber)
      try demand(lab.produce(topic, ClientBatch("b").from(id, 1, 0)).error, .none)
    },
    ConformanceCase("idempotence: a producer that the partition does not know may begin anywhere") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try demand(lab.produce(topic, ClientBatch("a").from(id, 0, 17)).error, .none)
      try demand(lab.produce(topic, ClientBatch("b").from(id, 0, 18)).error, .none)
    },
    ConformanceCase("idempotence: partitions count apart") { lab in
      let topic = try lab.topic(2)
      let id = try lab.producerID().producerID
      try demand(lab.produce(topic, 0, ClientBatch("a").from(id, 0, 0)).error, .none)
      try demand(lab.produce(topic, 1, ClientBatch("a").from(id, 0, 0)).error, .none)
      try demand(lab.produce(topic, 0, ClientBatch("b").from(id, 0, 1)).error, .none)
    },
    ConformanceCase("idempotence: the sequence wraps at its largest value") { lab in
      let topic = try lab.topic()
      let id = try lab.producerID().producerID
      try demand(lab.produce(topic, ClientBatch("a").from(id, 0, .max)).error, .none)
      try demand(lab.produce(topic, ClientBatch("b").from(id, 0, 0)).error, .none)
    },
  ]
}
