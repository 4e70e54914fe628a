@testable import HeadraceBroker

extension ConformanceCase {
  static let cluster: [ConformanceCase] = [
    ConformanceCase("cluster: described as in metadata") { lab in
      let metadata = try lab.client.call(MetadataAPI.self, .init(topics: []))
      for version in DescribeClusterAPI.key.served {
        let answer = try lab.client.call(DescribeClusterAPI.self, .init(), version: version)
        try demand(answer.error, .none, "version \(version)")
        try demand(answer.clusterID, metadata.clusterID)
        try demand(answer.nodes.map(\.id), metadata.brokers.map(\.id))
        try demand(answer.nodes.map(\.port), metadata.brokers.map(\.port))
        try demand(answer.operations, .min)
      }
    },
    ConformanceCase("cluster: an endpoint that is none") { lab in
      try demand(lab.client.call(DescribeClusterAPI.self, .init(endpointType: 2)).error, .mismatchedEndpointType)
      try demand(lab.client.call(DescribeClusterAPI.self, .init(endpointType: 7)).error, .unsupportedEndpointType)
    },
    ConformanceCase("cluster: what partitions take of the disk") { lab in
      let topic = try lab.topic(2)
      try lab.produce(topic, 1, ClientBatch(values: [String(repeating: "x", count: 1_000)]))
      for version in DescribeLogDirsAPI.key.served {
        let answer = try lab.client.call(
          DescribeLogDirsAPI.self,
          .init(topics: [.init(name: topic, partitions: [0, 1]), .init(name: lab.name("none"), partitions: [0])]),
          version: version)
        try demand(answer.error, .none)
        let found = try demanded(answer.results.first, "a folder")
        try demand(answer.results.count == 1 && found.error == .none && !found.folder.isEmpty, "version \(version)")
        try demand(found.topics.map(\.name), [topic])
        let sizes = found.topics[0].partitions.sorted { $0.index < $1.index }
        try demand(sizes.map(\.index), [0, 1])
        try demand(sizes[0].size, 0)
        try demand(sizes[1].size > 1_000 && sizes[1].size < 2_000, "\(sizes[1].size) bytes")
        try demand(sizes[1].offsetLag, 0)
        if version >= 4 { try demand(found.totalBytes > found.usableBytes && found.usableBytes > 0, "space") }
      }
      let all = try lab.client.call(DescribeLogDirsAPI.self, .init(topics: nil))
      try demand(all.results.first?.topics.contains { $0.name == topic }, true)
    },
    ConformanceCase("cluster: elections that nobody needs") { lab in
      let topic = try lab.topic()
      for version in ElectLeadersAPI.key.served {
        let answer = try lab.client.call(
          ElectLeadersAPI.self, .init(topics: [.init(name: topic, partitions: [0, 9])]), version: version)
        try demand(answer.error, .none)
        let errors = answer.results.flatMap(\.partitions).sorted { $0.index < $1.index }.map(\.error)
        try demand(errors, [.electionNotNeeded, .unknownTopicOrPartition], "version \(version)")
      }
      let unclean = try lab.client.call(
        ElectLeadersAPI.self, .init(electionType: 1, topics: [.init(name: topic, partitions: [0])]))
      try demand(unclean.results.first?.partitions.first?.error, .electionNotNeeded)
      let all = try lab.client.call(ElectLeadersAPI.self, .init(topics: nil))
      try demand(all.error, .none)
      try demand(all.results.flatMap(\.partitions).map(\.error), [])
    },
    ConformanceCase("cluster: replicas have one place to be") { lab in
      let topic = try lab.topic()
      let node = try demanded(lab.client.call(MetadataAPI.self, .init(topics: [])).brokers.first?.id, "node")
      func move(_ topic: String, _ replicas: [Int32]?) throws -> ErrorCode {
        let answer = try lab.client.call(
          AlterPartitionReassignmentsAPI.self,
          .init(topics: [.init(name: topic, partitions: [.init(index: 0, replicas: replicas)])]))
        try demand(answer.error, .none)
        return try demanded(answer.topics.first?.partitions.first?.error, "partition")
      }
      try demand(move(topic, [node]), .none)
      try demand(move(topic, nil), .noReassignmentInProgress)
      try demand(move(topic, [node + 1_000]), .invalidReplicaAssignment)
      try demand(move(topic, []), .invalidReplicaAssignment)
      try demand(move(lab.name("none"), [node]), .unknownTopicOrPartition)
      for topics in [nil, [ListPartitionReassignmentsAPI.Request.Topic(name: topic, partitions: [0])]] {
        let answer = try lab.client.call(ListPartitionReassignmentsAPI.self, .init(topics: topics))
        try demand(answer.error, .none)
        try demand(answer.topics.map(\.name), [])
      }
    },
    ConformanceCase("cluster: who writes to a partition") { lab in
      let topic = try lab.topic()
      let producer = try lab.transactional()
      let other = try lab.producerID()
      try lab.produce(topic, ClientBatch("a", "b").from(other.producerID, other.producerEpoch, 0))
      try producer.add(topic)
      try producer.send(topic, 0, "c")
      func ask() throws -> [DescribeProducersAPI.Response.Partition] {
        try lab.client.call(
          DescribeProducersAPI.self, .init(topics: [.init(name: topic, partitions: [0, 7])])
        ).topics.first?.partitions.sorted { $0.index < $1.index } ?? []
      }
      let found = try ask()
      try demand(found.map(\.error), [.none, .unknownTopicOrPartition])
      let plain = try demanded(found[0].producers.first { $0.id == other.producerID }, "the idempotent one")
      try demand(plain.epoch, Int32(other.producerEpoch))
      try demand(plain.lastSequence, 1)
      try demand(plain.transactionStart, -1)
      let open = try demanded(found[0].producers.first { $0.id == producer.producerID }, "the transactional one")
      try demand(open.lastSequence, 0)
      try demand(open.transactionStart, 2)
      try producer.end(commit: true)
      try lab.eventually("nothing is open") {
        try ask()[0].producers.first { $0.id == producer.producerID }?.transactionStart == -1
      }
    },
    ConformanceCase("cluster: transactions described") { lab in
      let topic = try lab.topic(2)
      let producer = try lab.transactional(timeout: 12_345)
      func ask(_ id: String) throws -> DescribeTransactionsAPI.Response.Transaction {
        try demanded(
          lab.client.call(DescribeTransactionsAPI.self, .init(transactionalIDs: [id])).transactions.first, id)
      }
      try demand(ask(producer.id).state, "Empty")
      try producer.add(topic, [1])
      let open = try ask(producer.id)
      try demand(open.error, .none)
      try demand(open.state, "Ongoing")
      try demand(open.timeoutMilliseconds, 12_345)
      try demand(open.producerID, producer.producerID)
      try demand(open.producerEpoch, producer.epoch)
      try demand(open.startedAt > 1_500_000_000_000, "started at \(open.startedAt)")
      try demand(open.topics.map(\.name), [topic])
      try demand(open.topics[0].partitions, [1])
      try producer.end(commit: false)
      try lab.eventually("aborted") { try ask(producer.id).state == "CompleteAbort" }
      try demand(ask(producer.id).topics.map(\.name), [])
      try demand(ask(lab.name("none")).error, .transactionalIDNotFound)
      try demand(ask("").error, .invalidRequest)
    },
    ConformanceCase("cluster: transactions listed") { lab in
      let topic = try lab.topic()
      let first = try lab.transactional(), second = try lab.transactional()
      try second.add(topic)
      for version in ListTransactionsAPI.key.served {
        try demand(states(lab, [first, second], .init(), version: version), ["Empty", "Ongoing"])
        try demand(states(lab, [first, second], .init(states: ["Ongoing"]), version: version), ["-", "Ongoing"])
        try demand(
          states(lab, [first, second], .init(producerIDs: [first.producerID]), version: version), ["Empty", "-"])
      }
      try demand(list(lab, .init(states: ["Asleep", "Empty"])).unknownStates, ["Asleep"])
      try demand(states(lab, [first, second], .init(states: ["Asleep"])), ["-", "-"])
      try demand(states(lab, [first, second], .init(minimumMilliseconds: 3_600_000)), ["Empty", "-"])
      try second.end(commit: true)
    },
    ConformanceCase("cluster: the record with the largest timestamp") { lab in
      let topic = try lab.topic()
      let now = WallClock.milliseconds()
      func ask(_ version: Int16 = 7) throws -> ListOffsetsAPI.Response.Partition {
        let answer = try lab.client.call(
          ListOffsetsAPI.self, .init(topics: [.init(name: topic, partitions: [.init(index: 0, timestamp: -3)])]),
          version: version)
        return try demanded(answer.topics.first?.partitions.first, "partition")
      }
      let none = try ask()
      try demand(none.error, .none)
      try demand([none.offset, none.timestamp], [-1, -1])
      for (value, time) in [("a", now - 5_000), ("b", now - 1_000), ("c", now - 3_000)] {
        try lab.produce(topic, ClientBatch(values: [value], timestamp: time))
      }
      let found = try ask()
      try demand([found.offset, found.timestamp], [1, now - 1_000])
    },
    ConformanceCase("cluster: the new group protocol is not spoken, in words") { lab in
      // Apache Kafka speaks it; limited to the classic protocol it answers the same.
      guard lab.isEmbedded else { return }
      for version in ConsumerGroupHeartbeatAPI.key.served {
        let answer = try lab.client.call(
          ConsumerGroupHeartbeatAPI.self, .init(group: lab.name("g"), topicNames: ["t"]), version: version)
        try demand(answer.error, .unsupportedVersion)
      }
    },
  ]

  private static func list(
    _ lab: Lab, _ request: ListTransactionsAPI.Request, version: Int16 = 1
  ) throws -> ListTransactionsAPI.Response {
    let answer = try lab.settled(
      { try lab.client.call(ListTransactionsAPI.self, request, version: version) }, \.error)
    try demand(answer.error, .none)
    return answer
  }

  /// The states of some producers in such a list, "-" where they are not in it.
  private static func states(
    _ lab: Lab, _ producers: [Transactional], _ request: ListTransactionsAPI.Request, version: Int16 = 1
  ) throws -> [String] {
    let found = try list(lab, request, version: version).transactions
    return producers.map { one in
      found.first { $0.transactionalID == one.id && $0.producerID == one.producerID }?.state ?? "-"
    }
  }
}
