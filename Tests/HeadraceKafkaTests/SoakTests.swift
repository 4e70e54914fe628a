import FoundationEssentials
import Glibc
import HeadraceBroker
import HeadraceCore
import HeadraceKafka
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

/// Long runs, by `ops/soak/kafka`.
@Suite("Soak", .enabled(if: TestKafka.environment("HEADRACE_SOAK") != nil, "HEADRACE_SOAK is not set"), .serialized)
struct SoakTests {
  /// A million records, with commits on revoke, while members join, leave and stall: every record at least once, in order.
  @Test(
    .timeLimit(.minutes(20)), arguments: TestKafka.brokers, [KafkaConfiguration.Assignor.range, .cooperativeSticky])
  func churn(broker: TestKafka.Broker, assignor: KafkaConfiguration.Assignor) async throws {
    let total = Int(TestKafka.environment("HEADRACE_SOAK_RECORDS") ?? "") ?? 1_000_000
    try await broker.withTopic(partitions: 8) { topic in
      let group = uniqueName()
      let counts = GroupTests.Counts()
      let writer = Task {
        try await withKafkaProducer(broker.configuration(.throughput)) { producer in
          let value = [UInt8](repeating: 120, count: 100)
          for index in 0..<total {
            try await producer.enqueue(
              ProducerRecord(topic: topic, partition: Int32(index % 8), key: nil, value: value))
            if index % 10_000 == 0 { try await Task.sleep(for: .milliseconds(300)) }
          }
        }
      }
      var members: [(KafkaConsumer, Task<Void, any Error>)] = []
      func join(stallsAfter: Int? = nil) async throws {
        let ledger = Ledger()
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: group) {
            $0.consumer.assignor = assignor
            $0.consumer.sessionTimeout = .seconds(6)
            $0.consumer.maximumPollInterval = .seconds(6)
          }, rebalance: ledger)
        let left = Mutex(stallsAfter ?? .max)
        let stall = Stall(left)
        let task = Task {
          try await consumer.subscribe(to: [topic])
          try await consumer.run { batch in
            counts.note(batch)
            if stall.isDue(batch.count) { try await Task.sleep(for: .seconds(9)) }
            do {
              try await consumer.commit(batch)
              ledger.clear(batch)
            } catch is KafkaError {
              counts.missed(batch)
              ledger.note(batch)
            }
          }
        }
        members.append((consumer, task))
      }
      try await join()
      try await join()
      var round = 0
      while counts.distinct < total {
        try await Task.sleep(for: .seconds(2))
        round += 1
        if members.count < 4 { try await join(stallsAfter: round % 5 == 0 ? 5_000 : nil) }
        if round % 2 == 0 {
          let (consumer, task) = members.removeFirst()
          await consumer.close()
          try await task.value
        }
      }
      try await writer.value
      for (consumer, task) in members {
        await consumer.close()
        try await task.value
      }
      #expect(counts.distinct == total)
      #expect(counts.disorder == 0)
      // Whoever leaves well repeats nothing: only what a commit could not keep, in the middle of a rebalance or after a stall.
      #expect(counts.total - total <= counts.uncommitted)
      print(
        """
        churn \(broker.kind) \(assignor): \(counts.total - total) repeats of \(total) over \(round) rounds; commits of \
        \(counts.uncommitted) records were refused
        """)
    }
  }

  /// Commits on revoke what a batch's own commit could not.
  final class Ledger: RebalanceDelegate {
    private let open = Mutex<[TopicPartition: PartitionOffset]>([:])

    func note(_ batch: KafkaBatch) {
      open.withLock { open in for next in batch.nextOffsets { open[next.topicPartition] = next } }
    }

    func clear(_ batch: KafkaBatch) {
      open.withLock { open in for next in batch.nextOffsets { open[next.topicPartition] = nil } }
    }

    private func take(_ partitions: [TopicPartition]) -> [PartitionOffset] {
      open.withLock { open in partitions.compactMap { open.removeValue(forKey: $0) } }
    }

    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
      let offsets = take(partitions)
      if !offsets.isEmpty { try? await consumer.commit(offsets) }
    }

    func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async { _ = take(partitions) }
  }

  final class Stall: Sendable {
    private let left: Mutex<Int>
    init(_ left: consuming Mutex<Int>) { self.left = left }
    func isDue(_ count: Int) -> Bool {
      left.withLock { left in
        guard left != .max else { return false }
        left -= count
        guard left <= 0 else { return false }
        left = .max
        return true
      }
    }
  }

  /// What the documentation does when partitions go, at full speed: librdkafka's positions may be ahead of what it handed over then.
  @Test(.timeLimit(.minutes(10)), arguments: TestKafka.brokers)
  func G01_nothingIsLostWhenPositionsAreCommittedOnRevoke(broker: TestKafka.Broker) async throws {
    let partitions = 6
    try await broker.withTopic(partitions: partitions) { topic in
      let group = uniqueName()
      let seen = Runs(partitions: partitions)
      let stop = StopSign()
      let writer = Task {
        var written = 0
        try await withKafkaProducer(broker.configuration(.throughput)) { producer in
          let value: [UInt8] = [120]
          while !stop.isSet {
            for _ in 0..<1_000 {
              try await producer.enqueue(
                ProducerRecord(topic: topic, partition: Int32(written % partitions), key: nil, value: value))
              written += 1
            }
            try await Task.sleep(for: .milliseconds(5))
          }
        }
        return written
      }
      func member() async throws -> (KafkaConsumer, Task<Void, any Error>) {
        let consumer = try await KafkaConsumer(
          configuration: broker.configuration(group: group), rebalance: PositionsOnRevoke())
        let task = Task {
          try await consumer.subscribe(to: [topic])
          var runs = Array(repeating: 0..<(0 as Int64), count: partitions)
          for try await batch in consumer.batches {
            batch.forEach { record in
              let partition = Int(record.partition)
              if record.offset == runs[partition].upperBound {
                runs[partition] = runs[partition].lowerBound..<(record.offset + 1)
              } else {
                seen.add(runs[partition], of: partition)
                runs[partition] = record.offset..<(record.offset + 1)
              }
            }
          }
          for partition in 0..<partitions { seen.add(runs[partition], of: partition) }
        }
        return (consumer, task)
      }
      let (first, firstTask) = try await member()
      for _ in 0..<20 {
        let (second, secondTask) = try await member()
        try await eventually(within: .seconds(60)) { try await !second.assignment().isEmpty }
        try await Task.sleep(for: .milliseconds(200))
        await second.close()
        try await secondTask.value
      }
      stop.set()
      let written = try await writer.value
      let ends = try await TestKafka.admin(broker).watermarks(of: (0..<6).map { TopicPartition(topic, $0) })
      #expect(ends.values.reduce(0) { $0 + $1.high } == written)
      try await eventually(within: .seconds(60)) {
        // Where nothing was read since the last rebalance there is no position, but all was committed before.
        let positions = try await first.positions(Array(ends.keys))
        let committed = try await first.committed(Array(ends.keys))
        return zip(positions, committed).allSatisfy { position, committed in
          max(position.offset, committed.offset) >= ends[position.topicPartition]?.high ?? 0
        }
      }
      await first.close()
      try await firstTask.value
      for (place, watermarks) in ends {
        var reached: Int64 = 0
        for run in seen.sorted(Int(place.partition)) {
          #expect(run.lowerBound <= reached, "\(run.lowerBound - reached) records of \(place) are missing")
          reached = max(reached, run.upperBound)
        }
        #expect(reached == watermarks.high)
      }
    }
  }

  /// Stretches of offsets that were read, by partition.
  final class Runs: Sendable {
    private let runs: Mutex<[[Range<Int64>]]>
    init(partitions: Int) { runs = Mutex(Array(repeating: [], count: partitions)) }
    func add(_ run: Range<Int64>, of partition: Int) {
      if !run.isEmpty { runs.withLock { $0[partition].append(run) } }
    }
    func sorted(_ partition: Int) -> [Range<Int64>] {
      runs.withLock { $0[partition] }.sorted { $0.lowerBound < $1.lowerBound }
    }
  }

  final class StopSign: Sendable {
    private let state = Mutex(false)
    var isSet: Bool { state.withLock { $0 } }
    func set() { state.withLock { $0 = true } }
  }

  /// Commits where to go on, as far as anything was read.
  struct PositionsOnRevoke: RebalanceDelegate {
    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer) async {
      guard let positions = try? await consumer.positions(partitions) else { return }
      try? await consumer.commit(positions.filter(\.isPresent))
    }
  }

  /// Produce, consume, rebalance and broker restarts for `HEADRACE_SOAK_MINUTES` (20): memory stays flat after the first quarter.
  @Test(.timeLimit(.minutes(60)), arguments: TestKafka.brokers)
  func memoryStaysFlat(broker: TestKafka.Broker) async throws {
    if let servers = broker.bootstrapServers {
      let restart = TestKafka.environment("HEADRACE_SOAK_RESTART")
      return try await produceAndConsume(servers) {
        if let restart { _ = try await TestProgram.run("/bin/sh", ["-c", restart]) }
      }
    }
    // The broker is in this process, and each round has a producer that it would remember for a day.
    try await EmbeddedBroker.withBroker {
      $0.producerExpiration = .seconds(60)
    } _: { broker in
      try await produceAndConsume(broker.bootstrapServers) { try await broker.killAndRestart() }
    }
  }

  private func produceAndConsume(_ servers: String, restart: () async throws -> Void) async throws {
    let minutes = Double(TestKafka.environment("HEADRACE_SOAK_MINUTES") ?? "") ?? 20
    let topic = "soak-\(UUID().uuidString.prefix(8))"
    var configuration = KafkaConfiguration(bootstrapServers: servers)
    configuration.logger.level = .critical
    configuration.consumer.groupID = topic
    configuration.consumer.sessionTimeout = .seconds(6)
    let admin = try KafkaAdmin(configuration: configuration)
    try await admin.createTopic(
      NewTopic(topic, partitions: 4, configs: ["retention.bytes": "20000000", "segment.bytes": "5000000"]))
    let start = ContinuousClock.now
    let end = start + .seconds(minutes * 60)
    var early = Footprint()
    var late = Footprint()
    var least = Footprint(threads: .max, descriptors: .max)
    var round = 0
    var told = start
    var restarted = start
    while ContinuousClock.now < end {
      round += 1
      let producer = try KafkaProducer(configuration: configuration)
      let consumer = try KafkaConsumer(configuration: configuration)
      try await consumer.subscribe(to: [topic])
      let reading = Task {
        for try await batch in consumer.batches where !batch.isEmpty { try? await consumer.commit(batch) }
      }
      let value = [UInt8](repeating: 120, count: 500)
      for index in 0..<20_000 {
        try await producer.enqueue(ProducerRecord(topic: topic, key: nil, value: value))
        // Not more often, or the embedded broker would never get to its retention.
        if index == 10_000, ContinuousClock.now - restarted > .seconds(60) {
          try await restart()
          restarted = .now
        }
      }
      await producer.close(deadline: .seconds(30))
      await consumer.close(deadline: .seconds(10))
      try await reading.value
      let now = Footprint.now()
      let spent = ContinuousClock.now - start
      if spent < .seconds(minutes * 15) { early.raise(to: now) } else { late.raise(to: now) }
      // In the last quarter: what was leaked before is in all of its counts.
      if spent > .seconds(minutes * 45) {
        least.threads = min(least.threads, now.threads)
        least.descriptors = min(least.descriptors, now.descriptors)
      }
      if ContinuousClock.now - told > .seconds(60) {
        told = .now
        print("soak: round \(round), \(now)")
      }
    }
    await admin.close()
    print("soak: \(round) rounds, at most \(early) in the first quarter, \(late) after")
    // Freed memory stays in malloc's arenas, of which more get touched the longer it goes on: the heap in use tells of leaks.
    #expect(Double(late.resident) < Double(early.resident) * 1.3 + 60e6)
    #expect(late.allocated < early.allocated * 5 / 4 + 10_000_000)
    // Clients are destroyed in the background, more at a time when the machine is busy: what is never given back raises the least.
    #expect(least.threads <= early.threads)
    #expect(least.descriptors <= early.descriptors)
  }

  /// What the process takes of the machine.
  struct Footprint: CustomStringConvertible {
    var resident = 0
    /// Of the heap in use, as malloc counts it: a leak shows here, fragmentation doesn't.
    var allocated = 0
    var threads = 0
    var descriptors = 0

    static func now() -> Footprint {
      Footprint(
        resident: residentBytes(), allocated: allocatedBytes(), threads: entries("/proc/self/task"),
        descriptors: entries("/proc/self/fd"))
    }

    mutating func raise(to other: Footprint) {
      resident = max(resident, other.resident)
      allocated = max(allocated, other.allocated)
      threads = max(threads, other.threads)
      descriptors = max(descriptors, other.descriptors)
    }

    /// From malloc's own report, which Glibc's module doesn't name: all arenas, less what is free in them.
    private static func allocatedBytes() -> Int {
      typealias Report = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
      guard let symbol = dlsym(nil, "malloc_info"), let file = tmpfile() else { return 0 }
      defer { fclose(file) }
      _ = unsafeBitCast(symbol, to: Report.self)(0, file)
      rewind(file)
      var text = [UInt8](repeating: 0, count: 1 << 20)
      let count = fread(&text, 1, text.count, file)
      // The totals stand behind the last arena.
      guard let end = String(decoding: text[..<count], as: UTF8.self).split(separator: "</heap>").last else { return 0 }
      func size(_ element: String) -> Int {
        let parts = end.split(separator: element, maxSplits: 1)
        guard parts.count == 2 else { return 0 }
        return Int(parts[1].split(separator: "size=\"", maxSplits: 1).last?.prefix { $0.isNumber } ?? "") ?? 0
      }
      return size("<system type=\"current\"") + size("<total type=\"mmap\"") - size("<total type=\"fast\"")
        - size("<total type=\"rest\"")
    }

    private static func entries(_ folder: String) -> Int {
      (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
    }

    var description: String {
      "\(resident >> 20) MiB resident, \(allocated >> 20) MiB allocated, \(threads) threads, \(descriptors) descriptors"
    }
  }

  static func residentBytes() -> Int {
    let text = (try? String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }
}
