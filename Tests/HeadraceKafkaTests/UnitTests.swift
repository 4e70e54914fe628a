import CRdkafka
import FoundationEssentials
import HeadraceCore
import Synchronization
import Testing

@testable import HeadraceKafka

/// What needs no broker.
@Suite("Units", .timeLimit(.minutes(1 * TestKafka.patience)))
struct UnitTests {
  /// Hashes that Kafka's own `Utils.murmur2` gives (its unit test's table, and more).
  @Test(arguments: [
    ("21", -973_932_308), ("foobar", -790_332_482), ("a-little-bit-long-string", -985_981_536),
    ("a-little-bit-longer-string", -1_486_304_829), ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
    ("abc", 479_470_107),
  ])
  func murmur2IsJavas(key: String, hash: Int32) {
    #expect(Int32(bitPattern: Partitioner.murmur2Hash(Array(key.utf8))) == hash)
  }

  /// Records are read through this type without calling C.
  @Test func aFetchedMessageIsLaidOutAsLibrdkafkas() {
    typealias Ours = FetchedMessage
    typealias Theirs = rd_kafka_message_t
    #expect(MemoryLayout<Ours>.size == MemoryLayout<Theirs>.size)
    #expect(MemoryLayout<Ours>.offset(of: \.error) == MemoryLayout<Theirs>.offset(of: \.err))
    #expect(MemoryLayout<Ours>.offset(of: \.topic) == MemoryLayout<Theirs>.offset(of: \.rkt))
    #expect(MemoryLayout<Ours>.offset(of: \.partition) == MemoryLayout<Theirs>.offset(of: \.partition))
    #expect(MemoryLayout<Ours>.offset(of: \.value) == MemoryLayout<Theirs>.offset(of: \.payload))
    #expect(MemoryLayout<Ours>.offset(of: \.valueCount) == MemoryLayout<Theirs>.offset(of: \.len))
    #expect(MemoryLayout<Ours>.offset(of: \.key) == MemoryLayout<Theirs>.offset(of: \.key))
    #expect(MemoryLayout<Ours>.offset(of: \.keyCount) == MemoryLayout<Theirs>.offset(of: \.key_len))
    #expect(MemoryLayout<Ours>.offset(of: \.offset) == MemoryLayout<Theirs>.offset(of: \.offset))
    #expect(MemoryLayout<Ours>.offset(of: \.owner) == MemoryLayout<Theirs>.offset(of: \._private))
  }

  @Test func codecsRoundTrip() throws {
    func check<Value: Equatable & Sendable>(_ codec: Codec<Value>, _ value: Value, _ bytes: [UInt8]?) throws {
      var headers: [RecordHeader] = []
      #expect(try codec.encode(value, &headers) == bytes)
      #expect(try codec.decode(bytes, headers) == value)
    }
    try check(.bytes, [1, 2], [1, 2])
    try check(.string, "ä", [0xc3, 0xa4])
    try check(.int32, -2, [0xff, 0xff, 0xff, 0xfe])
    try check(.int64, 258, [0, 0, 0, 0, 0, 0, 1, 2])
    try check(Codec<UInt16>.bigEndian, 0xabcd, [0xab, 0xcd])
    try check(Codec<String>.string.optional(), nil, nil)
    try check(Codec<String>.string.optional(), "x", [120])
    let id = UUID()
    try check(.uuid, id, Array(id.uuidString.lowercased().utf8))
    #expect(throws: CodecError.notUTF8) { try Codec<String>.string.decode([255], []) }
    #expect(throws: CodecError.unexpectedNull) { try Codec<String>.string.decode(nil, []) }
    #expect(throws: CodecError.wrongSize(expected: 4, found: 2)) { try Codec<Int32>.int32.decode([1, 2], []) }
  }

  @Test func errorsSayWhatToDo() {
    #expect(KafkaError(.leaderNotAvailable).recovery == .retry)
    #expect(KafkaError(.messageTooLarge).recovery == KafkaError.Recovery.none)
    #expect(KafkaError(.fenced, isFatal: true).recovery == .recreateClient)
    #expect(KafkaError(.unknownMemberID, requiresAbort: true).recovery == .abortTransaction)
    #expect(KafkaError(.messageTooLarge).failureClass == .content)
    #expect(KafkaError(.topicAuthorizationFailed).failureClass == .configuration)
    #expect(KafkaError(.throttlingQuotaExceeded).failureClass == .throttled)
    #expect(KafkaError(.transport).failureClass == .transient)
    #expect(KafkaError(.unknownTopicOrPartition, topic: "t", partition: 3).description.hasSuffix("[t/3]"))
    #expect(KafkaError(.unknownTopicOrPartition).name == "UNKNOWN_TOPIC_OR_PART")
    #expect(KafkaError(.closed).reason == "kafka._closed")
  }

  @Test func aFIFOKeepsOrderOverItsWraps() {
    var queue = FIFO<Int>()
    var next = 0
    var expected = 0
    for round in 0..<2_000 {
      for _ in 0..<(round % 7) {
        queue.append(next)
        next += 1
      }
      for _ in 0..<(round % 5) where !queue.isEmpty {
        #expect(queue.popFirst() == expected)
        expected += 1
      }
    }
    #expect(queue.removeFirst { $0 == next - 1 } == next - 1)
    while let element = queue.popFirst() {
      #expect(element == expected)
      expected += 1
    }
    #expect(expected == next - 1)
    #expect(queue.isEmpty)
  }

  @Test func permitsAreNeverMoreThanThereAre() async throws {
    let permits = Permits(capacity: 3)
    final class Count: Sendable {
      let held = Atomic<Int>(0)
      let most = Atomic<Int>(0)
    }
    let count = Count()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          for _ in 0..<20 {
            guard (try? await permits.acquire()) != nil else { return }
            let now = count.held.wrappingAdd(1, ordering: .relaxed).newValue
            count.most.max(now, ordering: .relaxed)
            await Task.yield()
            count.held.wrappingSubtract(1, ordering: .relaxed)
            permits.release(1)
          }
        }
      }
    }
    #expect(count.most.load(ordering: .relaxed) <= 3)
    #expect(permits.inUse == 0)
  }

  @Test func cancelledAndClosedWaitersGetNoPermit() async throws {
    let permits = Permits(capacity: 1)
    try await permits.acquire()
    let cancelled = Task { try await permits.acquire() }
    cancelled.cancel()
    await #expect(throws: Permits.Denied.cancelled) { try await cancelled.value }
    let refused = Task { try await permits.acquire() }
    try await Task.sleep(for: .milliseconds(5))
    permits.close()
    await #expect(throws: Permits.Denied.closed) { try await refused.value }
    permits.release(1)
    await permits.waitUntilIdle()
    #expect(permits.tryAcquire() == 0)
  }

  @Test func aLaneKeepsItsOwnDeadline() async throws {
    let lane = BlockingLane(name: "test")
    let gate = Parker()
    // The thread runs: starting it counts for no deadline.
    try await lane.run("first", deadline: .seconds(30)) { (_) throws(KafkaError) in }
    // A call that ignores its timeout.
    let stuck = await #expect(throws: KafkaError.self) {
      try await lane.run("stuck", deadline: .seconds(1), grace: .milliseconds(50)) { (_) throws(KafkaError) in
        gate.park()
      }
    }
    #expect(stuck?.code == .deadlineExceeded)
    #expect(stuck?.isOutcomeUnknown == true)
    #expect(stuck?.recovery == .retry)
    // Those behind it are told that their turn never came.
    let behind = Task {
      try await lane.run("behind", deadline: .milliseconds(100), grace: .seconds(20)) { (_) throws(KafkaError) in 1 }
    }
    try await eventually { lane.waiting == 1 }
    try await Task.sleep(for: .milliseconds(150))
    gate.unpark()
    let late = await #expect(throws: KafkaError.self) { _ = try await behind.value }
    #expect(late?.code == .deadlineExceeded)
    #expect(try await lane.run("free", deadline: .seconds(10)) { (_) throws(KafkaError) in 7 } == 7)
    lane.shutDown()
    let closed = await #expect(throws: KafkaError.self) {
      _ = try await lane.run("closed", deadline: .seconds(1)) { (_) throws(KafkaError) in 7 }
    }
    #expect(closed?.code == .closed)
  }

  @Test func doublesAreWrittenAsJavaWritesThem() {
    #expect(EventLine.java(0) == "0.0")
    #expect(EventLine.java(1.937984496124031) == "1.937984496124031")
    #expect(EventLine.java(1_234_567.5) == "1234567.5")
    #expect(EventLine.java(12_345_678.5) == "1.23456785E7")
    #expect(EventLine.java(10_000_000) == "1.0E7")
    #expect(EventLine.java(0.00012) == "1.2E-4")
    #expect(EventLine.java(1.5e300) == "1.5E300")
  }

  @Test func statisticsAreRead() throws {
    let json = """
      {"name":"c#producer-1","time":1700000000,"replyq":2,"msg_cnt":3,"msg_size":40,"tx_bytes":10,"rx_bytes":20,
      "txmsgs":5,"rxmsgs":6,"brokers":{"h:1/0":{"name":"h:1/0","nodeid":0,"source":"configured","state":"UP",
      "outbuf_cnt":1,"waitresp_cnt":2,"txerrs":3,"req_timeouts":4,"rtt":{"p50":1000,"p99":2500},"throttle":{"p99":7}},
      "GroupCoordinator":{"nodeid":0,"source":"logical"}},
      "topics":{"t":{"partitions":{"0":{"msgq_cnt":1,"xmit_msgq_cnt":2,"fetchq_cnt":9,"hi_offset":100,"ls_offset":90,
      "committed_offset":80,"consumer_lag":20},"-1":{}}}},"cgrp":{"state":"up","rebalance_cnt":4}}
      """
    let statistics = try KafkaStatistics(json: Array(json.utf8))
    #expect(statistics.records == 3 && statistics.recordBytes == 40)
    #expect(statistics.brokers.count == 1)
    #expect(statistics.brokers[0].roundTrip.p99 == .microseconds(2500))
    #expect(statistics.brokers[0].throttleP99 == .milliseconds(7))
    #expect(statistics.partitions.count == 1)
    #expect(statistics.partitions[0].lag == 20 && statistics.partitions[0].waiting == 3)
    #expect(statistics.groupState == "up" && statistics.rebalances == 4)
  }

  struct Dated: Codable, Sendable, Equatable { var at: Date }

  @Test func datesInJSONKeepTheirMilliseconds() throws {
    let codec = Codec<Dated>.json()
    var headers: [RecordHeader] = []
    for milliseconds in [1_700_000_000_123, 1_700_000_000_000, -1] as [Double] {
      let value = Dated(at: Date(timeIntervalSince1970: milliseconds / 1000))
      let bytes = try codec.encode(value, &headers)
      let back = try codec.decode(bytes, []).at.timeIntervalSince1970 * 1000
      #expect(abs(back - milliseconds) < 0.01, "\(String(decoding: bytes ?? [], as: UTF8.self))")
    }
    for text in ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123Z", "2026-01-01T02:00:00.123456+02:00"] {
      let at = try codec.decode(Array("{\"at\":\"\(text)\"}".utf8), []).at
      #expect(abs(at.timeIntervalSince1970 - 1_767_225_600) < 0.2)
    }
  }
}
