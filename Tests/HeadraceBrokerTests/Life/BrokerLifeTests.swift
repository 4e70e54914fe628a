import Foundation
import HeadraceBroker
import HeadraceCore
import HeadraceTesting
import Testing

@testable import HeadraceBroker

/// Starting, stopping, dying, coming back, and what a broker does about too much.
@Suite(.timeLimit(.minutes(2)))
struct BrokerLifeTests {
  /// Runs a case against a broker of its own, on a thread that may block.
  private func onBroker(
    _ configure: (inout BrokerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (EmbeddedBroker, Lab) throws -> Void
  ) async throws {
    try await EmbeddedBroker.withBroker(configure) { broker in
      try await OffPool.run { () throws(any Error) in
        try body(broker, Lab(TestTarget(port: broker.port), isEmbedded: true))
      }
    }
  }

  // MARK: Start

  @Test func onlyLoopbackIsListenedOn() async throws {
    var configuration = BrokerConfiguration(folder: "/nowhere")
    configuration.host = "0.0.0.0"
    let error = await #expect(throws: BrokerError.self) { try await Broker(configuration).start() }
    #expect(error?.code == .hostNotLoopback)
    #expect(error?.message.contains("Apache Kafka") == true)
  }

  @Test func loopbackHasSeveralNames() async throws {
    for host in ["localhost", "127.0.0.1", "127.1.2.3"] {
      try await EmbeddedBroker.withBroker({ $0.host = host }) { broker in
        #expect(broker.isRunning)
      }
    }
    #expect(Socket.loopback("::1")?.isV6 == true)
    for host in ["10.0.0.1", "example.org", "127.0.0.1.evil.org", "::", ""] { #expect(Socket.loopback(host) == nil) }
  }

  @Test func aPortThatIsTakenIsSaid() async throws {
    try await EmbeddedBroker.withBroker { broker in
      var configuration = BrokerConfiguration(folder: broker.folder + "-other")
      configuration.port = broker.port
      let error = await #expect(throws: BrokerError.self) { try await Broker(configuration).start() }
      #expect(error?.code == .cannotListen)
    }
  }

  @Test func aFolderHasOneBroker() async throws {
    try await EmbeddedBroker.withBroker { broker in
      var configuration = BrokerConfiguration(folder: broker.folder)
      configuration.port = 0
      let error = await #expect(throws: BrokerError.self) { try await Broker(configuration).start() }
      #expect(error?.code == .storage)
    }
  }

  @Test func nonsenseInTheConfigurationIsSaid() async throws {
    var configuration = BrokerConfiguration(folder: "/nowhere")
    configuration.defaultPartitions = 0
    let error = await #expect(throws: BrokerError.self) { try await Broker(configuration).start() }
    #expect(error?.code == .invalidConfiguration)
  }

  // MARK: Stop

  @Test func parkedRequestsDoNotHoldUpAStop() async throws {
    let broker = try await EmbeddedBroker.start()
    let target = TestTarget(port: broker.port)
    let clients = try await OffPool.run { () throws(any Error) in
      let lab = try Lab(target, isEmbedded: true)
      let topic = try lab.topic()
      let group = lab.name("g")
      try Member(lab, group).settle()
      let fetching = try lab.connect()
      try fetching.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, maxWait: 60_000))
      let joining = try Member(lab, group)
      try joining.takeID()
      try joining.startJoin()
      return (fetching, joining.client)
    }
    let start = MonotonicTime.now
    try await broker.stop(within: .seconds(5))
    #expect((MonotonicTime.now - start) < .seconds(4))
    try await OffPool.run { () throws(any Error) in
      // The fetch is answered as at its time-out, the join with the end of the connection.
      _ = try clients.0.receive(FetchAPI.self)
      try demand(clients.1.isClosedWithoutAnswer(), "the join was answered")
    }
    await broker.remove()
  }

  @Test func theServiceRunsUntilItsShutdown() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/broker-service-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = BrokerConfiguration(folder: folder)
    configuration.port = 0
    configuration.journalBytes = 4 << 20
    let broker = Broker(configuration)
    var options = ServiceGroup.Configuration()
    options.signals = []
    let group = ServiceGroup([broker], configuration: options)
    async let ended: Void = group.run()
    while broker.boundPort == nil { try await Task.sleep(for: .milliseconds(5)) }
    group.triggerGracefulShutdown()
    try await ended
    #expect(broker.boundPort == nil)
  }

  // MARK: Death

  @Test func whatWasAcknowledgedSurvivesADeath() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let target = TestTarget(port: broker.port)
      let kept = try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        let topic = try lab.topic(2), group = lab.name("g"), static_ = lab.name("g")
        for index in 0..<50 { try lab.produce(topic, ClientBatch("v\(index)")) }
        try demand(lab.commit(group, topic, 17, metadata: "where I was"), .none)
        let member = try Member(lab, static_, instance: "i")
        member.session = 30_000
        try member.settle()
        let done = try lab.transactional("done"), open = try lab.transactional("open")
        try done.add(topic, [1])
        try done.send(topic, 1, "committed")
        try done.addOffsets(group)
        try done.commit(group, topic, 1, 3)
        try demand(done.end(commit: true), .none)
        try open.add(topic, [1])
        try open.send(topic, 1, "open")
        try open.addOffsets(group)
        try open.commit(group, topic, 1, 99)
        return (
          topic: topic, group: group, members: static_, id: member.id, open: open.id, pid: open.producerID,
          epoch: open.epoch
        )
      }
      try await broker.killAndRestart()
      try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        try demand(lab.values(kept.topic), (0..<50).map { "v\($0)" })
        let offset = try lab.committed(kept.group, kept.topic)
        try demand(offset.offset, 17)
        try demand(offset.metadata, "where I was")
        try demand(lab.committed(kept.group, kept.topic, 1).offset, 3)
        try demand(lab.committed(kept.group, kept.topic, 1, stable: true).error, .unstableOffsetCommit)
        try demand(lab.values(kept.topic, 1, committed: true), ["committed"])
        // The member's generation goes on.
        let member = try Member(lab, kept.members, instance: "i")
        member.id = kept.id
        member.generation = 1
        try demand(member.heartbeat(), .none)
        try demand(member.sync().assignment.bytes, [1])
        // So does the open transaction, to its end.
        let open = Transactional(lab: lab, id: kept.open, producerID: kept.pid, epoch: kept.epoch)
        try demand(open.end(commit: true), .none)
        try demand(lab.values(kept.topic, 1, committed: true), ["committed", "open"])
        try demand(lab.committed(kept.group, kept.topic, 1, stable: true).offset, 99)
      }
    }
  }

  @Test func anOverdueTransactionIsAbortedAfterADeathToo() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let target = TestTarget(port: broker.port)
      let topic = try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        let topic = try lab.topic()
        let producer = try lab.transactional(timeout: 1_500)
        try producer.add(topic)
        try producer.send(topic, 0, "never")
        return topic
      }
      try await broker.killAndRestart()
      try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        try lab.eventually("the abort") { try lab.end(topic, committed: true) == 2 }
        try demand(lab.values(topic, committed: true), [])
      }
    }
  }

  /// Idempotent producers and transactions while the broker dies again and again.
  @Test func nothingIsLostOrDoubledThroughTenDeaths() async throws {
    try await EmbeddedBroker.withBroker { broker in
      let target = TestTarget(port: broker.port)
      let topic = try await OffPool.run { () throws(any Error) in try Lab(target, isEmbedded: true).topic() }
      let load = DeathLoad(target: target, topic: topic)
      let worker = Task { try await OffPool.run { () throws(any Error) in try load.run() } }
      for round in 0..<10 {
        try await load.waitForProgress(past: round * 10)
        try await broker.killAndRestart()
      }
      load.stop()
      let acknowledged = try await worker.value
      try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        let values = try lab.values(topic)
        try demand(values, (0..<values.count).map { "\($0)" }, "gaps or doubles")
        try demand(values.count >= acknowledged, "\(acknowledged) acknowledged, \(values.count) there")
      }
    }
  }

  // MARK: Faults on order

  @Test func scriptedFaultsStrikeAsOrdered() async throws {
    try await onBroker { broker, lab in
      let topic = try lab.topic()
      broker.fail(.produce, with: .error(7), skip: 1, count: 2)
      try demand(lab.produce(topic, ClientBatch("a")).error, .none)
      try demand(lab.produce(topic, ClientBatch("b")).error, .requestTimedOut)
      try demand(lab.produce(topic, ClientBatch("b")).error, .requestTimedOut)
      try demand(lab.produce(topic, ClientBatch("b")).error, .none)
      try demand(lab.values(topic), ["a", "b"])

      broker.fail(.heartbeat, with: .notCoordinator)
      let member = try Member(lab, lab.name("g"))
      try member.settle()
      try demand(member.heartbeat(), .notCoordinator)
      try demand(member.heartbeat(), .none)

      broker.fail(.metadata, with: .delay(.milliseconds(300)))
      let start = MonotonicTime.now
      _ = try lab.client.call(MetadataAPI.self, .init(topics: []))
      try demand((MonotonicTime.now - start) >= .milliseconds(280), "no delay")

      broker.fail(.produce, with: .dropBefore)
      let first = try lab.connect()
      try first.send(ProduceAPI.self, Lab.produceRequest(topic, 0, ClientBatch("never").bytes))
      try demand(first.isClosedWithoutAnswer(), "an answer")
      broker.fail(.produce, with: .dropAfter)
      let second = try lab.connect()
      try second.send(ProduceAPI.self, Lab.produceRequest(topic, 0, ClientBatch("c").bytes))
      try demand(second.isClosedWithoutAnswer(), "an answer")
      try demand(lab.values(topic), ["a", "b", "c"])

      broker.fail(.produce, with: .error(7))
      broker.clearFaults()
      try demand(lab.produce(topic, ClientBatch("d")).error, .none)
    }
  }

  @Test(arguments: [false, true])
  func aScriptedCrashComesBeforeOrAfterTheAppend(_ isAfter: Bool) async throws {
    try await EmbeddedBroker.withBroker { broker in
      let target = TestTarget(port: broker.port)
      let topic = try await OffPool.run { () throws(any Error) in
        let lab = try Lab(target, isEmbedded: true)
        let topic = try lab.topic()
        try lab.produce(topic, ClientBatch("a"))
        broker.fail(.produce, with: isAfter ? .crashAfter : .crashBefore)
        try lab.client.send(ProduceAPI.self, Lab.produceRequest(topic, 0, ClientBatch("b").bytes))
        try demand(lab.client.isClosedWithoutAnswer(), "an answer")
        return topic
      }
      while broker.isRunning { try await Task.sleep(for: .milliseconds(5)) }
      try await broker.start()
      try await OffPool.run { () throws(any Error) in
        try demand(Lab(target, isEmbedded: true).values(topic), isAfter ? ["a", "b"] : ["a"])
      }
    }
  }

  // MARK: Limits

  @Test func connectionsBeyondTheLimitAreClosed() async throws {
    try await onBroker({ $0.maximumConnections = 3 }) { _, lab in
      let others = try [lab.connect(), lab.connect()]
      for other in others { try demand(other.call(APIVersionsAPI.self, .init(), version: 0).error, .none) }
      let refused = try lab.connect()
      try demand(refused.isClosedWithoutAnswer(), "it was served")
      others[0].hangUp()
      try lab.eventually("a place is free") {
        let next = try lab.connect()
        return (try? next.call(APIVersionsAPI.self, .init(), version: 0).error) == ErrorCode.none
      }
    }
  }

  @Test func requestsBeyondTheLimitEndTheirConnection() async throws {
    try await onBroker({ $0.maximumRequestBytes = 10_000 }) { _, lab in
      let topic = try lab.topic()
      try demand(lab.produce(topic, ClientBatch(String(repeating: "x", count: 9_000))).error, .none)
      let client = try lab.connect()
      let large = ClientBatch(String(repeating: "x", count: 20_000)).bytes
      try client.sendRaw([0, 0, 0x50, 0])
      try? client.sendRaw(large)
      try demand(client.isClosedWithoutAnswer(), "it was served")
      try demand(lab.values(topic).count, 1)
    }
  }

  @Test func largeRequestsShareBoundedMemory() async throws {
    try await onBroker({ $0.bufferPoolBytes = 4 << 20 }) { _, lab in
      let topic = try lab.topic(1, ["max.message.bytes": "20000000"])
      let batch = ClientBatch(String(repeating: "x", count: 3 << 20)).bytes
      // One larger than the pool passes alone.
      try demand(
        lab.produce(topic, ClientBatch(String(repeating: "y", count: 10 << 20))).error, .none)
      let clients = try (0..<6).map { _ in try lab.connect() }
      let threads = clients.map { client in
        OSThread(name: "large") { _ = try? client.send(ProduceAPI.self, Lab.produceRequest(topic, 0, batch)) }
      }
      for thread in threads { thread.join() }
      for client in clients {
        try demand(client.receive(ProduceAPI.self).topics[0].partitions[0].error, .none)
      }
      try demand(lab.end(topic), 7)
    }
  }

  @Test func aSmallRequestDoesNotCostALargeAnswer() async throws {
    try await onBroker { _, lab in
      let topic = try lab.topic(200)
      let names = Array(repeating: topic, count: 50_000)
      try demand(
        lab.client.call(MetadataAPI.self, .init(topics: names.map { .init(name: $0) })).topics.map(\.partitions.count),
        [200])
      let configs = try lab.client.call(
        DescribeConfigsAPI.self, .init(resources: names.map { .init(type: 2, name: $0, keys: nil) }))
      try demand(configs.results.count, 1)
      try demand(lab.client.call(DescribeGroupsAPI.self, .init(groups: names)).groups.count, 1)
      let producers = try lab.client.call(
        DescribeProducersAPI.self, .init(topics: names.map { .init(name: $0, partitions: [0, 0]) }))
      try demand(producers.topics.map(\.partitions.count), [1])
    }
  }

  @Test func aSilentClientInTheMiddleOfAFrameHoldsNobodyUp() async throws {
    try await onBroker { _, lab in
      let topic = try lab.topic()
      let stuck = try (0..<20).map { _ in try lab.connect() }
      for client in stuck { try client.sendRaw([0, 1, 0, 0, 0, 0]) }
      try demand(lab.produce(topic, ClientBatch("a")).error, .none)
      for client in stuck { client.hangUp() }
    }
  }

  @Test func aReaderThatDoesNotReadHoldsNobodyUp() async throws {
    try await onBroker { _, lab in
      let topic = try lab.topic(1, ["max.message.bytes": "5000000"])
      for _ in 0..<8 { try lab.produce(topic, ClientBatch(String(repeating: "x", count: 4 << 20))) }
      let slow = try lab.connect()
      for _ in 0..<4 {
        try slow.send(FetchAPI.self, lab.fetchRequest(topic, from: 0, partitionMaxBytes: 50 << 20))
      }
      try demand(lab.produce(topic, ClientBatch("a")).error, .none)
      let answer = try slow.receive(FetchAPI.self)
      try demand(answer.topics[0].partitions[0].records.count > 30 << 20, "too little")
      slow.hangUp()
    }
  }

  @Test func offsetsExpireOnceTheGroupIsEmpty() async throws {
    try await onBroker({
      $0.offsetRetention = .milliseconds(1_500)
      $0.offsetRetentionCheckInterval = .milliseconds(100)
    }) { _, lab in
      let topic = try lab.topic(), plain = lab.name("g"), members = lab.name("g")
      try demand(lab.commit(plain, topic, 5), .none)
      let member = try Member(lab, members)
      try member.settle()
      try demand(member.commit(topic, 6), .none)
      try lab.eventually("the plain one is gone") { try lab.committed(plain, topic).offset == -1 }
      try demand(lab.committed(members, topic).offset, 6)
      try member.leave()
      try demand(lab.committed(members, topic).offset, 6)
      try lab.eventually("the other one is gone") { try lab.committed(members, topic).offset == -1 }
      try demand(lab.client.call(ListGroupsAPI.self, .init()).groups.count, 0)
    }
  }

  @Test func aTopicIsMadeByAskingWhenThatIsAllowed() async throws {
    try await onBroker({
      $0.autoCreateTopics = true
      $0.defaultPartitions = 3
    }) { _, lab in
      let name = lab.name()
      let asked = try lab.client.call(
        MetadataAPI.self, .init(topics: [.init(name: name)], allowAutoTopicCreation: false))
      try demand(asked.topics[0].error, .unknownTopicOrPartition)
      let made = try lab.client.call(MetadataAPI.self, .init(topics: [.init(name: name)]))
      try demand(made.topics[0].error, .none)
      try demand(made.topics[0].partitions.count, 3)
    }
  }
}
