internal import CRdkafka
internal import Glibc
internal import HeadraceCore
internal import Synchronization

/// Measures the client against a broker: the figures of `headrace bench produce|consume|latency`, which `ops/bench/kafka` puts
/// beside a C program that does the same through librdkafka. All of it runs in tasks of the pool, as servers do: on the main
/// actor each resumption would go through the main queue.
package enum KafkaBenchmark {
  /// One figure.
  package struct Figure: Sendable {
    /// What was measured, for example `produce.enqueue`.
    package var name: String
    /// Records, bytes of a value, seconds of wall clock and of CPU.
    package var records: Int
    package var size: Int
    package var seconds: Double
    package var cpuSeconds: Double
    /// Microseconds at the 50th, 90th, 99th percentile and the maximum, for latencies.
    package var latency: (p50: Double, p90: Double, p99: Double, max: Double)?
    /// Bytes of heap allocated for each record by Swift and C together, as far as malloc counts tell; `nil` when not measured.
    package var bytesPerRecord: Double?

    /// The figure as one JSON line.
    package var line: [UInt8] {
      var fields: [(String, String)] = []
      func number(_ value: Double) -> String {
        let rounded = (value * 1000).rounded() / 1000
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int64(rounded)) : String(rounded)
      }
      if let latency {
        fields = [
          ("value", number(latency.p50)), ("unit", "\"us\""), ("p50", number(latency.p50)),
          ("p90", number(latency.p90)),
          ("p99", number(latency.p99)), ("max", number(latency.max)),
        ]
      } else {
        fields = [
          ("value", number(Double(records) / seconds)), ("unit", "\"records/s\""),
          ("megabytesPerSecond", number(Double(records * size) / seconds / 1e6)),
        ]
      }
      fields += [
        ("records", String(records)), ("size", String(size)), ("seconds", number(seconds)),
        ("cpuSeconds", number(cpuSeconds)),
        ("cpuMicrosecondsPerRecord", number(cpuSeconds / Double(max(1, records)) * 1e6)),
      ]
      if let bytesPerRecord { fields.append(("bytesPerRecord", number(bytesPerRecord))) }
      let body = fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
      return Array("{\"case\":\"\(name)\",\(body)}\n".utf8)
    }
  }

  /// How records are written.
  package enum ProduceMode: String, Sendable, CaseIterable {
    /// One `enqueue` a record.
    case enqueue
    /// `enqueue(values:)`, 1,000 at a time.
    case enqueueBatch
    /// Awaited `send(values:)`, 1,000 at a time, 16 under way.
    case sendBatch
    /// Awaited `send` from many tasks.
    case send
    /// Awaited `send`, one after another.
    case sequential
  }

  /// How records are read.
  package enum ConsumeMode: String, Sendable, CaseIterable {
    /// `for try await` over batches, records by `forEach`.
    case batches
    /// `for try await` over records.
    case records
    /// `run`, on the polling thread.
    case run
  }

  package struct Options: Sendable {
    package var topic: String
    package var records: Int = 1_000_000
    package var size: Int = 100
    package var tasks: Int = 1_000

    package init(topic: String) { self.topic = topic }
  }

  // MARK: Writing

  /// Writes records and waits for all of them.
  @concurrent package static func produce(
    _ configuration: KafkaConfiguration, _ options: Options, mode: ProduceMode
  ) async throws -> [Figure] {
    let producer = try KafkaProducer(configuration: configuration)
    let writer = try producer.writer(for: options.topic)
    _ = try await producer.partitionCount(of: options.topic)
    let meter = Meter()
    var latencies: [Int64] = []
    switch mode {
    case .enqueue:
      var value = payload(options.size)
      for index in 0..<options.records {
        stamp(&value, index)
        try await writer.enqueue(value)
      }
    case .enqueueBatch:
      var values = [[UInt8]](repeating: payload(options.size), count: 1_000)
      for batch in 0..<(options.records / 1_000) {
        for index in values.indices { stamp(&values[index], batch * 1_000 + index) }
        try await writer.enqueue(values: values)
      }
    case .sendBatch: try await sendBatches(writer, options)
    case .send: try await sendFromTasks(writer, options)
    case .sequential:
      var value = payload(options.size)
      latencies.reserveCapacity(options.records)
      for index in 0..<options.records {
        stamp(&value, index)
        let start = MonotonicTime.now.nanoseconds
        try await writer.send(value)
        latencies.append(MonotonicTime.now.nanoseconds - start)
      }
    }
    let report = await producer.flush(deadline: .seconds(120))
    guard report.isComplete else {
      throw KafkaError(.messageTimedOut, "\(report.undelivered) undelivered, \(report.failed) failed")
    }
    let records = mode == .enqueueBatch || mode == .sendBatch ? options.records / 1_000 * 1_000 : options.records
    var figure = meter.figure("produce.\(mode.rawValue)", records: records, size: options.size)
    if mode == .sequential { figure.latency = percentiles(latencies) }
    await producer.close()
    return [figure]
  }

  private static func sendBatches(_ writer: TopicWriter, _ options: Options) async throws {
    let next = Counter(limit: options.records / 1_000)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<16 {
        group.addTask {
          var values = [[UInt8]](repeating: payload(options.size), count: 1_000)
          while let batch = next.take() {
            for index in values.indices { stamp(&values[index], batch * 1_000 + index) }
            for result in try await writer.send(values: values) { _ = try result.get() }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private static func sendFromTasks(_ writer: TopicWriter, _ options: Options) async throws {
    let next = Counter(limit: options.records)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<options.tasks {
        group.addTask {
          var value = payload(options.size)
          while let index = next.take() {
            stamp(&value, index)
            try await writer.send(value)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  // MARK: Reading

  /// Reads the first `records` of a topic; the clock starts with the first one.
  @concurrent package static func consume(
    _ configuration: KafkaConfiguration, _ options: Options, mode: ConsumeMode
  ) async throws -> [Figure] {
    let (consumer, partitions) = try await reader(configuration, options.topic)
    try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
    let meter = Mutex(Meter())
    let tally = Mutex(ReadTally())
    @Sendable func note(_ batch: KafkaBatch) -> Bool {
      if batch.isEmpty { return false }
      return tally.withLock { tally in
        if tally.records == 0 { meter.withLock { $0 = Meter() } }
        batch.forEach { record in
          let value = record.value
          tally.bytes &+= value.byteCount
          if value.byteCount > 0 { tally.sum &+= unsafe UInt64(value.unsafeLoad(as: UInt8.self)) }
        }
        tally.records &+= batch.count
        return tally.records >= options.records
      }
    }
    switch mode {
    case .batches:
      for try await batch in consumer.batches where note(batch) { break }
    case .run:
      struct Enough: Error {}
      do { try await consumer.run { batch in if note(batch) { throw Enough() } } } catch is Enough {}
    case .records:
      var own = ReadTally()
      for try await record in consumer.records {
        if own.records == 0 { meter.withLock { $0 = Meter() } }
        own.records &+= 1
        unsafe record.withValueBytes { bytes in
          if let first = unsafe bytes?.first { own.sum &+= UInt64(first) }
          unsafe own.bytes &+= bytes?.count ?? 0
        }
        if own.records >= options.records { break }
      }
      let all = own
      tally.withLock { $0 = all }
    }
    let read = tally.withLock { $0 }
    let figure = meter.withLock {
      $0.figure("consume.\(mode.rawValue)", records: read.records, size: read.bytes / max(1, read.records))
    }
    await consumer.close()
    return [figure]
  }

  private static func reader(
    _ configuration: KafkaConfiguration, _ topic: String
  ) async throws -> (KafkaConsumer, [TopicPartition]) {
    let admin = try KafkaAdmin(configuration: configuration)
    let described = try await admin.describeTopics([topic])
    await admin.close()
    if let error = described.first?.error { throw error }
    let partitions = (described.first?.partitions ?? []).map { TopicPartition(topic, $0.id) }
    return (try KafkaConsumer(configuration: configuration), partitions)
  }

  private struct ReadTally {
    var records = 0
    var bytes = 0
    var sum: UInt64 = 0
  }

  // MARK: Latency

  /// Writes one record at a time, `records` of them, and measures the time until a handler of this process sees it, by `run` and
  /// by `for await`.
  @concurrent package static func latency(_ configuration: KafkaConfiguration, _ options: Options) async throws
    -> [Figure]
  {
    var figures: [Figure] = []
    for usesRun in [true, false] {
      let (consumer, partitions) = try await reader(configuration, options.topic)
      try await consumer.assign(partitions.map { PartitionStart($0, .end) })
      let producer = try KafkaProducer(configuration: configuration)
      let writer = try producer.writer(for: options.topic)
      let seen = LatencyTally(limit: options.records)
      let reading = Task {
        struct Enough: Error {}
        do {
          if usesRun {
            try await consumer.run { batch in if seen.note(batch) { throw Enough() } }
          } else {
            for try await batch in consumer.batches where seen.note(batch) { break }
          }
        } catch is Enough {}
      }
      // Until the reader has its position, records would be missed: write until one is seen.
      var warm = payload(max(16, options.size))
      while !seen.isWarm {
        stamp(&warm, -1)
        try await writer.send(warm)
        try await Task.sleep(for: .milliseconds(20))
      }
      let meter = Meter()
      var value = payload(max(16, options.size))
      for _ in 0..<options.records {
        stamp(&value, Int(MonotonicTime.now.nanoseconds))
        try await writer.send(value)
        // One at a time: the pause keeps batches apart. It blocks, as the C program's does: a task's sleep would have two
        // other threads run on these cores while the record is under way.
        usleep(1_000)
      }
      try await reading.value
      var figure = meter.figure(
        usesRun ? "latency.run" : "latency.batches", records: options.records, size: options.size)
      figure.latency = percentiles(seen.latencies)
      figures.append(figure)
      await producer.close()
      await consumer.close()
    }
    return figures
  }

  private final class LatencyTally: Sendable {
    private let limit: Int
    private let state = Mutex<(isWarm: Bool, values: [Int64])>((false, []))
    init(limit: Int) { self.limit = limit }
    var isWarm: Bool { state.withLock { $0.isWarm } }
    var latencies: [Int64] { state.withLock { $0.values } }

    /// Returns whether that was all.
    func note(_ batch: KafkaBatch) -> Bool {
      let now = MonotonicTime.now.nanoseconds
      return state.withLock { state in
        batch.forEach { record in
          guard record.value.byteCount >= 8 else { return }
          let sent = unsafe record.value.unsafeLoadUnaligned(as: Int64.self)
          if sent == -1 { state.isWarm = true } else { state.values.append(now - sent) }
        }
        return state.values.count >= limit
      }
    }
  }

  // MARK: Tools

  private static func payload(_ size: Int) -> [UInt8] { (0..<size).map { UInt8(97 + ($0 * 7) % 26) } }

  /// Writes a number into the first bytes, so that no two records are alike.
  private static func stamp(_ value: inout [UInt8], _ number: Int) {
    guard value.count >= 8 else { return }
    unsafe value.withUnsafeMutableBytes { unsafe $0.storeBytes(of: number, as: Int.self) }
  }

  private static func percentiles(_ nanoseconds: [Int64]) -> (p50: Double, p90: Double, p99: Double, max: Double) {
    let sorted = nanoseconds.sorted()
    guard let last = sorted.last else { return (0, 0, 0, 0) }
    func at(_ share: Double) -> Double {
      Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
    }
    return (at(0.5), at(0.9), at(0.99), Double(last) / 1000)
  }

  /// Numbers below a limit, each given to one task.
  private final class Counter: Sendable {
    private let next = Atomic<Int>(0)
    private let limit: Int
    init(limit: Int) { self.limit = limit }
    func take() -> Int? {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      return number < limit ? number : nil
    }
  }

  /// Wall clock, CPU time and heap since it was made.
  private struct Meter: Sendable {
    private let start = MonotonicTime.now
    private let cpu = Meter.cpuSeconds()

    func figure(_ name: String, records: Int, size: Int) -> Figure {
      Figure(
        name: name, records: records, size: size, seconds: (MonotonicTime.now - start).seconds,
        cpuSeconds: Meter.cpuSeconds() - cpu)
    }

    private static func cpuSeconds() -> Double {
      var time = timespec()
      unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
  }
}
