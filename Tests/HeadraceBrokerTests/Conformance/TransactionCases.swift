import Glibc
@testable import HeadraceBroker

extension ConformanceCase {
  static let transactions: [ConformanceCase] = [
    ConformanceCase("transactions: committed records are read") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try demand(producer.add(topic), .none)
      try demand(producer.send(topic, 0, "a", "b").error, .none)
      try demand(lab.values(topic, committed: true), [])
      try demand(producer.end(commit: true), .none)
      try lab.eventually("they are there") { try lab.values(topic, committed: true) == ["a", "b"] }
    },
    ConformanceCase("transactions: aborted records are not") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      try producer.send(topic, 0, "a")
      try demand(producer.end(commit: false), .none)
      try lab.eventually("the marker is there") { try lab.end(topic, committed: true) == 2 }
      try demand(lab.values(topic, committed: true), [])
      try demand(lab.values(topic, committed: false), ["a"])
      let answer = try lab.fetch(topic, from: 0, committed: true)
      try demand(answer.aborted?.map(\.producerID), [producer.producerID])
      try demand(answer.aborted?.map(\.firstOffset), [0])
    },
    ConformanceCase("transactions: every version of the calls") { lab in
      let topic = try lab.topic()
      for version in Int16(0)...2 {
        let producer = try lab.transactional()
        try demand(producer.add(topic, version: version), .none, "version \(version)")
        try demand(producer.addOffsets("g", version: version), .none)
        try demand(producer.send(topic, 0, "v\(version)").error, .none)
        try demand(producer.end(commit: true, version: version), .none)
      }
      try lab.eventually("all are there") { try lab.values(topic, committed: true) == ["v0", "v1", "v2"] }
    },
    ConformanceCase("transactions: InitProducerId of every version") { lab in
      let id = lab.name("x")
      for version in InitProducerIDAPI.key.served {
        try demand(lab.initialise(id, version: version).producerEpoch, version, "version \(version)")
      }
    },
    ConformanceCase("transactions: the marker takes one offset in every partition that was added") { lab in
      let topic = try lab.topic(2)
      let producer = try lab.transactional()
      try producer.add(topic, [0, 1])
      try producer.send(topic, 0, "a")
      try producer.end(commit: true)
      try lab.eventually("the markers are there") {
        let (written, untouched) = (try lab.end(topic, 0), try lab.end(topic, 1))
        return written == 2 && untouched == 1
      }
      let batch = try demanded(ClientBatch.all(in: lab.fetch(topic, 1, from: 0).records.copied ?? []).first, "marker")
      try demand(batch.isControl && batch.isTransactional, "the attributes of a marker")
      try demand(batch.producerID, producer.producerID)
      try demand(batch.epoch, producer.epoch)
      try demand(batch.sequence, -1)
      try demand(batch.records[0].key, [0, 0, 0, 1])
      try demand(batch.records[0].value?.prefix(2), [0, 0])
    },
    ConformanceCase("transactions: the marker of an abort") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      try producer.end(commit: false)
      try lab.eventually("the marker is there") { try lab.end(topic) == 1 }
      let batch = try demanded(ClientBatch.all(in: lab.fetch(topic, from: 0).records.copied ?? []).first, "marker")
      try demand(batch.records[0].key, [0, 0, 0, 0])
    },
    ConformanceCase("transactions: an open one holds the last stable offset back, plain records too") { lab in
      let topic = try lab.topic()
      try lab.produce(topic, ClientBatch("before"))
      let producer = try lab.transactional()
      try producer.add(topic)
      try producer.send(topic, 0, "in")
      try lab.produce(topic, ClientBatch("after"))
      try demand(lab.end(topic), 3)
      try demand(lab.end(topic, committed: true), 1)
      let answer = try lab.fetch(topic, from: 0, committed: true)
      try demand(answer.highWatermark, 3)
      try demand(answer.lastStableOffset, 1)
      try demand(lab.values(topic, committed: true), ["before"])
      try producer.end(commit: true)
      try lab.eventually("all are there") { try lab.values(topic, committed: true) == ["before", "in", "after"] }
    },
    ConformanceCase("transactions: the oldest open one counts") { lab in
      let topic = try lab.topic()
      let first = try lab.transactional(), second = try lab.transactional()
      try first.add(topic)
      try second.add(topic)
      try first.send(topic, 0, "a")
      try second.send(topic, 0, "b")
      try second.end(commit: true)
      try lab.eventually("the marker is there") { try lab.end(topic) == 3 }
      try demand(lab.end(topic, committed: true), 0)
      try first.end(commit: true)
      try lab.eventually("both are there") { try lab.values(topic, committed: true) == ["a", "b"] }
    },
    ConformanceCase("transactions: commits and aborts side by side") { lab in
      let topic = try lab.topic()
      let first = try lab.transactional(), second = try lab.transactional()
      for producer in [first, second] { try producer.add(topic) }
      try first.send(topic, 0, "a1")
      try second.send(topic, 0, "b1")
      try first.send(topic, 0, "a2")
      try second.send(topic, 0, "b2")
      try first.end(commit: false)
      try second.end(commit: true)
      try lab.eventually("what was committed") { try lab.values(topic, committed: true) == ["b1", "b2"] }
    },
    ConformanceCase("transactions: one after the other, sequences run on") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      for round in 0..<6 {
        try demand(producer.add(topic), .none)
        try demand(producer.send(topic, 0, "r\(round)").error, .none, "round \(round)")
        try demand(producer.end(commit: round % 2 == 0), .none)
      }
      try lab.eventually("every other one") { try lab.values(topic, committed: true) == ["r0", "r2", "r4"] }
    },
    ConformanceCase("transactions: a parked read_committed fetch is woken by the marker") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      try producer.send(topic, 0, "a")
      let reader = try lab.connect()
      try reader.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, maxWait: 15_000, committed: true))
      OSPause.milliseconds(50)
      try producer.end(commit: true)
      let answer = try reader.receive(FetchAPI.self)
      try demand(answer.topics[0].partitions[0].records.count > 0, "nothing came")
    },
    ConformanceCase("transactions: a partition that was not added") { lab in
      let topic = try lab.topic(2)
      let producer = try lab.transactional()
      try producer.add(topic, [0])
      try demand(producer.send(topic, 1, "a").error, .invalidTransactionState)
      try producer.end(commit: false)
    },
    ConformanceCase("transactions: records without an open one") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try demand(producer.send(topic, 0, "a").error, .invalidTransactionState)
    },
    ConformanceCase("transactions: records of an unknown id") { lab in
      let topic = try lab.topic()
      let batch = ClientBatch("a").from(77_777, 0, 0, transactional: true)
      let id = lab.name("x")
      var error = try lab.produce(topic, batch, transactionalID: id).error
      // A Kafka that has just started says "come again" (19) until it has loaded what it knows of transactions.
      let deadline = ContinuousClock.now + .seconds(10)
      while error.rawValue == 19, ContinuousClock.now < deadline {
        usleep(50_000)
        error = try lab.produce(topic, batch, transactionalID: id).error
      }
      try demand(error, .invalidProducerIDMapping)
    },
    ConformanceCase("transactions: transactional records without an id in the request") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      let batch = ClientBatch("a").from(producer.producerID, producer.epoch, 0, transactional: true)
      try demand(lab.produce(topic, batch, transactionalID: nil).error, .transactionalIDAuthorizationFailed)
      try producer.end(commit: false)
    },
    ConformanceCase("transactions: adding an unknown topic spoils the call") { lab in
      let topic = try lab.topic(), unknown = lab.name()
      let producer = try lab.transactional()
      let answer = try lab.client.call(
        AddPartitionsToTransactionAPI.self,
        .init(
          transactionalID: producer.id, producerID: producer.producerID, producerEpoch: producer.epoch,
          topics: [.init(name: topic, partitions: [0]), .init(name: unknown, partitions: [0])]))
      let errors = Dictionary(uniqueKeysWithValues: answer.topics.map { ($0.name, $0.partitions[0].error) })
      try demand(errors, [topic: .operationNotAttempted, unknown: .unknownTopicOrPartition])
    },
    ConformanceCase("transactions: ending what was not begun") { lab in
      let producer = try lab.transactional()
      try demand(producer.end(commit: true), .invalidTransactionState)
      try demand(producer.end(commit: false), .invalidTransactionState)
    },
    ConformanceCase("transactions: ending twice the same way, and the other") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      try demand(producer.end(commit: true), .none)
      try demand(producer.end(commit: true), .none)
      try demand(producer.end(commit: false), .invalidTransactionState)
      try producer.add(topic)
      try demand(producer.end(commit: false), .none)
      try demand(producer.end(commit: false), .none)
      try demand(producer.end(commit: true), .invalidTransactionState)
    },

    // Producers
    ConformanceCase("transactions: the epoch rises with every init") { lab in
      let id = lab.name("x")
      let first = try lab.initialise(id), second = try lab.initialise(id)
      try demand(first.producerEpoch, 0)
      try demand(second.producerEpoch, 1)
      try demand(second.producerID, first.producerID)
    },
    ConformanceCase("transactions: an init aborts what is open, and fences") { lab in
      let topic = try lab.topic()
      let old = try lab.transactional()
      try old.add(topic)
      try old.send(topic, 0, "a")
      let heir = try lab.initialise(old.id)
      try demand(heir.error, .none)
      try demand(heir.producerEpoch, 2, "one for the fence")
      try lab.eventually("the abort is there") { try lab.end(topic, committed: true) == 2 }
      try demand(lab.values(topic, committed: true), [])
      try demand(old.send(topic, 0, "b").error, .invalidProducerEpoch)
    },
    ConformanceCase("transactions: a fenced producer is told, as its version knows it") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try lab.initialise(producer.id)
      try demand(producer.add(topic, version: 0), .invalidProducerEpoch)
      try demand(producer.add(topic, version: 2), .producerFenced)
      try demand(producer.addOffsets("g", version: 1), .invalidProducerEpoch)
      try demand(producer.addOffsets("g", version: 2), .producerFenced)
      try demand(producer.end(commit: true, version: 1), .invalidProducerEpoch)
      try demand(producer.end(commit: true, version: 2), .producerFenced)
    },
    ConformanceCase("transactions: another producer's id, and an unknown transactional id") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      producer.producerID += 1_000_000
      try demand(producer.add(topic), .invalidProducerIDMapping)
      try demand(producer.end(commit: true), .invalidProducerIDMapping)
      let nobody = Transactional(lab: lab, id: lab.name("x"), producerID: 1, epoch: 0)
      try demand(nobody.add(topic), .invalidProducerIDMapping)
      try demand(nobody.end(commit: true), .invalidProducerIDMapping)
    },
    ConformanceCase("transactions: init with what one is, and again") { lab in
      let id = lab.name("x")
      let first = try lab.initialise(id)
      let second = try lab.initialise(id, given: (first.producerID, 0))
      try demand(second.error, .none)
      try demand(second.producerEpoch, 1)
      // The same call again: the answer was lost.
      let repeated = try lab.initialise(id, given: (first.producerID, 0))
      try demand(repeated.error, .none)
      try demand(repeated.producerEpoch, 1)
    },
    ConformanceCase("transactions: init with what one no longer is") { lab in
      let id = lab.name("x")
      let first = try lab.initialise(id)
      _ = try lab.initialise(id)
      _ = try lab.initialise(id)
      try demand(lab.initialise(id, given: (first.producerID, 0)).error, .producerFenced)
      try demand(lab.initialise(id, given: (first.producerID + 5_000_000, 2)).error, .producerFenced)
    },
    ConformanceCase("transactions: time-outs that cannot be") { lab in
      try demand(lab.initialise(lab.name("x"), timeout: 0).error, .invalidTransactionTimeout)
      try demand(lab.initialise(lab.name("x"), timeout: 900_001).error, .invalidTransactionTimeout)
      try demand(lab.initialise(lab.name("x"), timeout: 900_000).error, .none)
    },
    ConformanceCase("transactions: an empty id") { lab in
      try demand(lab.initialise("").error, .invalidRequest)
    },
    ConformanceCase("transactions: one that takes too long is aborted, its producer fenced") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional(timeout: 1_000)
      try producer.add(topic)
      try producer.send(topic, 0, "a")
      try lab.eventually("the abort is there", within: 40) {
        OSPause.milliseconds(200)
        return try lab.end(topic, committed: true) == 2
      }
      try demand(lab.values(topic, committed: true), [])
      try demand(producer.send(topic, 0, "late").error, .invalidProducerEpoch)
      try demand(producer.end(commit: true), .producerFenced)
    },
    ConformanceCase("transactions: a repeated batch within one is a repetition") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try producer.add(topic)
      let batch = ClientBatch("a").from(producer.producerID, producer.epoch, 0, transactional: true)
      try demand(lab.produce(topic, batch, transactionalID: producer.id).baseOffset, 0)
      try demand(lab.produce(topic, batch, transactionalID: producer.id).baseOffset, 0)
      try producer.end(commit: true)
      try lab.eventually("once") { try lab.values(topic, committed: true) == ["a"] }
    },
  ]

  static let transactionOffsets: [ConformanceCase] = [
    ConformanceCase("transactional offsets: visible with the commit") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let producer = try lab.transactional()
      try demand(producer.addOffsets(group), .none)
      try demand(producer.commit(group, topic, 0, 7, metadata: "m"), .none)
      try demand(lab.committed(group, topic).offset, -1)
      try demand(producer.end(commit: true), .none)
      try lab.eventually("visible") { try lab.committed(group, topic).offset == 7 }
      try demand(lab.committed(group, topic).metadata, "m")
    },
    ConformanceCase("transactional offsets: dropped with an abort") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      try demand(lab.commit(group, topic, 3), .none)
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try demand(producer.commit(group, topic, 0, 7), .none)
      try demand(producer.end(commit: false), .none)
      try lab.eventually("stable") { try lab.committed(group, topic, stable: true).error == .none }
      try demand(lab.committed(group, topic).offset, 3)
    },
    ConformanceCase("transactional offsets: require_stable says that they are not") { lab in
      let topic = try lab.topic(2), group = lab.name("g")
      try demand(lab.commit(group, topic, 3), .none)
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try producer.commit(group, topic, 0, 7)
      let unstable = try lab.committed(group, topic, stable: true)
      try demand(unstable.error, .unstableOffsetCommit)
      try demand(unstable.offset, -1)
      try demand(lab.committed(group, topic, stable: false).offset, 3)
      try demand(lab.committed(group, topic, 1, stable: true).error, .none)
      try producer.end(commit: true)
      try lab.eventually("stable") { try lab.committed(group, topic, stable: true).offset == 7 }
    },
    ConformanceCase("transactional offsets: every version") { lab in
      let topic = try lab.topic()
      for version in TransactionOffsetCommitAPI.key.served {
        let group = lab.name("g")
        let producer = try lab.transactional()
        try producer.addOffsets(group)
        try demand(producer.commit(group, topic, 0, Int64(version), version: version), .none, "version \(version)")
        try producer.end(commit: true)
        try lab.eventually("visible") { try lab.committed(group, topic).offset == Int64(version) }
      }
    },
    ConformanceCase("transactional offsets: the group must be added first") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try demand(producer.commit(lab.name("g"), topic, 0, 7), .invalidTransactionState)
    },
    ConformanceCase("transactional offsets: a plain commit made meanwhile wins") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try producer.commit(group, topic, 0, 7)
      try demand(lab.commit(group, topic, 9), .none)
      try producer.end(commit: true)
      try lab.eventually("stable") { try lab.committed(group, topic, stable: true).error == .none }
      try demand(lab.committed(group, topic).offset, 9)
    },
    ConformanceCase("transactional offsets: members and strangers") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let member = try Member(lab, group)
      try member.settle()
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try demand(producer.commit(group, topic, 0, 1, generation: member.generation, member: member.id), .none)
      try demand(producer.commit(group, topic, 0, 1, generation: 9, member: member.id), .illegalGeneration)
      try demand(producer.commit(group, topic, 0, 1, generation: 1, member: "who"), .unknownMemberID)
      try demand(producer.commit(group, topic, 0, 1), .none, "nobody in particular")
      try producer.end(commit: false)
    },
    ConformanceCase("transactional offsets: a fenced instance") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let member = try Member(lab, group, instance: "i")
      try member.settle()
      let heir = try Member(lab, group, instance: "i")
      try heir.join()
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try demand(
        producer.commit(group, topic, 0, 1, generation: member.generation, member: member.id, instance: "i"),
        .fencedInstanceID)
      try producer.end(commit: false)
    },
    ConformanceCase("transactional offsets: into the group without a name") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      try demand(producer.addOffsets(""), .none)
      try demand(producer.commit("", topic, 0, 1), .invalidGroupID)
      try producer.end(commit: false)
    },
    ConformanceCase("transactional offsets: a fenced producer") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try lab.initialise(producer.id)
      try demand(producer.commit(group, topic, 0, 1), .invalidProducerEpoch)
    },
    ConformanceCase("transactional offsets: an unknown transactional id") { lab in
      let topic = try lab.topic()
      let nobody = Transactional(lab: lab, id: lab.name("x"), producerID: 1, epoch: 0)
      try demand(nobody.commit(lab.name("g"), topic, 0, 1), .invalidProducerIDMapping)
    },
    ConformanceCase("transactional offsets: unknown topic, too much metadata") { lab in
      let topic = try lab.topic(), group = lab.name("g")
      let producer = try lab.transactional()
      try producer.addOffsets(group)
      try demand(producer.commit(group, lab.name(), 0, 1), .unknownTopicOrPartition)
      try demand(
        producer.commit(group, topic, 0, 1, metadata: String(repeating: "x", count: 4_097)), .offsetMetadataTooLarge)
      try producer.end(commit: false)
    },
    ConformanceCase("transactional offsets: records and offsets of one transaction, together") { lab in
      let source = try lab.topic(), sink = try lab.topic(2), group = lab.name("g")
      let producer = try lab.transactional()
      for round in Int64(1)...3 {
        try producer.add(sink, [0, 1])
        try producer.addOffsets(group)
        try producer.send(sink, 0, "l\(round)")
        try producer.send(sink, 1, "r\(round)")
        try demand(producer.commit(group, source, 0, round * 10), .none)
        try demand(producer.end(commit: round != 2), .none)
      }
      try lab.eventually("the offset") { try lab.committed(group, source, stable: true).offset == 30 }
      try lab.eventually("the left") { try lab.values(sink, 0, committed: true) == ["l1", "l3"] }
      try lab.eventually("the right") { try lab.values(sink, 1, committed: true) == ["r1", "r3"] }
    },
  ]
}
