internal import FoundationEssentials
internal import HeadraceCore
public import HeadraceKafka

/// `headrace bench process`: a processor whose handler waits and copies its record, timed from the first record to the
/// acknowledgement of everything that was there at the start. Several at once may share the group.
public struct ProcessBenchmark: Sendable {
  /// What to run.
  public struct Options: Sendable {
    /// The topic to read.
    public var input: String
    /// Where copies go; nil writes nothing.
    public var output: String?
    /// The group; a new one by default.
    public var group: String
    /// How long each handler waits, in milliseconds.
    public var handlerMilliseconds = 0
    /// Handlers wait as a model's answers make them wait, instead: log-normal times, some turned away, some poison.
    public var isModelMix = false
    /// Of a model mix: calls a second that the model takes; nil for no limit.
    public var modelCallsPerSecond: Int?
    /// Measures a consumer with a task for each record instead of a processor: no order, no commits.
    public var isFloor = false
    /// Handlers at a time.
    public var slots = 1_000
    /// Which records wait for one another.
    public var order = ProcessingOrder.key
    /// How outputs and acknowledgements are joined.
    public var guarantee = ProcessingGuarantee.exactlyOnce
    /// Between commits.
    public var commitInterval = Duration.milliseconds(100)
    /// Reads on after the end seen at the start, until stopped.
    public var runsOn = false

    /// Options with defaults.
    public init(input: String, output: String? = nil, group: String? = nil) {
      self.input = input
      self.output = output
      self.group = group ?? "bench-\(UUID.version7().lowercased)"
    }
  }

  /// What it came to: one JSON line.
  ///
  /// `case` is "process", or "floor" for the hand-rolled one.
  public struct Report: Sendable, Codable {
    /// Latencies in milliseconds.
    public struct Latency: Sendable, Codable {
      /// Half of the records took at most this.
      public var p50: Double
      /// 99 % of the records took at most this.
      public var p99: Double
    }

    /// What was measured.
    public var `case` = "process"
    /// Records acknowledged by this process.
    public var records: Int
    /// From the first record handled to the last acknowledgement.
    public var seconds: Double
    /// Records a second.
    public var perSecond: Double
    /// CPU of this process in that time, all threads, user and system.
    public var cpuSeconds: Double
    /// The largest resident size of the process so far.
    public var maxMemoryBytes: Int
    /// From a record's time in the log to the confirmed commit of its output.
    public var latencyMs: Latency
    /// Outputs' transactions.
    public var commits: Int
    /// Transactions that did not go through.
    public var aborts: Int
    /// Dead letters.
    public var deadLetters: Int
    /// Whether everything seen at the start was acknowledged (false after an early stop).
    public var isComplete: Bool
    /// Of a model mix: the share of the slots that was busy while work was plenty.
    public var slotUse: Double?
    /// Of a model mix: the share of the time in which the busiest key was busy.
    public var keyUse: Double?
    /// Of a model mix with a rate limit: the share of its calls that were made. The nearest of the three is the bound.
    public var rateUse: Double?

    /// The line.
    public func json() throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  private let options: Options
  private let kafka: KafkaConfiguration

  /// A benchmark that is not running yet.
  public init(_ options: Options, kafka: KafkaConfiguration) {
    self.options = options
    self.kafka = kafka
  }

  /// Runs to the end, or until a graceful shutdown of the surrounding service group.
  public func run() async throws -> Report {
    var configuration = ProcessorConfiguration(
      name: options.group, inputTopics: [options.input], group: options.group)
    configuration.slots = options.slots
    configuration.order = options.order
    configuration.guarantee = options.guarantee
    configuration.commitInterval = options.commitInterval
    // As many records wait as keep every slot busy when keys cycle; memory is one of the figures.
    configuration.bufferRecords = max(2_000, options.slots * 20)
    let output = options.output
    let timer = BenchTimer()
    defer { timer.close() }
    let wait = Double(options.handlerMilliseconds)
    if options.isFloor { return try await floor(timer) }
    let mix = options.isModelMix ? ModelMix(timer: timer, callsPerSecond: options.modelCallsPerSecond) : nil
    let service = ProcessorService(configuration: configuration, kafka: kafka) { record, _ in
      if let mix { try await mix.call(for: record) } else { await timer.wait(milliseconds: wait) }
      guard let output else { return .none }
      return [Output(topic: output, key: record.key, value: record.value, headers: record.headers)]
    }
    let meter = LatencyMeter()
    service.observeCommits { meter.record($0) }

    let ends = try await self.ends()
    let stop = AsyncSignal()
    let running = Task.detached { try await service.run(until: stop) }
    let watching = Task.detached {
      while !Task.isCancelled {
        if !options.runsOn, try await isAcknowledged(ends) { return true }
        try await Task.sleep(for: .milliseconds(50))
      }
      return false
    }
    let isComplete = await withGracefulShutdownHandler {
      (try? await watching.value) ?? false
    } onGracefulShutdown: {
      watching.cancel()
    }
    let status = service.status()
    stop.raise()
    try await running.value
    let figures = meter.figures()
    let use = mix?.efficiency(slots: options.slots)
    return Report(
      records: figures.records, seconds: figures.seconds,
      perSecond: figures.seconds > 0 ? Double(figures.records) / figures.seconds : 0, cpuSeconds: figures.cpuSeconds,
      maxMemoryBytes: ProcessUsage.now.maximumMemoryBytes,
      latencyMs: Report.Latency(p50: figures.p50, p99: figures.p99), commits: status.commits, aborts: status.aborts,
      deadLetters: status.deadLetters, isComplete: isComplete, slotUse: use?.slots, keyUse: use?.key, rateUse: use?.rate
    )
  }

  private func floor(_ timer: BenchTimer) async throws -> Report {
    let wait = Double(options.handlerMilliseconds)
    let floor = HandRolledFloor(
      input: options.input, output: options.output, slots: options.slots, kafka: kafka,
      wait: { await timer.wait(milliseconds: wait) })
    var first = (time: MonotonicTime.now, cpu: 0.0)
    let records = try await floor.run(to: try await ends()) { first = (.now, ProcessUsage.now.cpuSeconds) }
    let seconds = (MonotonicTime.now - first.time).seconds
    return Report(
      case: "floor", records: records, seconds: seconds, perSecond: Double(records) / seconds,
      cpuSeconds: ProcessUsage.now.cpuSeconds - first.cpu, maxMemoryBytes: ProcessUsage.now.maximumMemoryBytes,
      latencyMs: Report.Latency(p50: 0, p99: 0), commits: 0, aborts: 0, deadLetters: 0, isComplete: true)
  }

  private func ends() async throws -> [TopicPartition: Int64] {
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      let topic = try await admin.describeTopics([options.input]).first
      let places = topic?.partitions.map { TopicPartition(options.input, $0.id) } ?? []
      let ends = try await admin.watermarks(of: places).mapValues(\.high)
      await admin.close()
      return ends
    } catch {
      await admin.close()
      throw error
    }
  }

  private func isAcknowledged(_ ends: [TopicPartition: Int64]) async throws -> Bool {
    let admin = try KafkaAdmin(configuration: kafka)
    do {
      var isThrough = false
      while !isThrough {
        try Task.checkCancellation()
        // A coordinator that is loading answers later.
        let committed = (try? await admin.committedOffsets(of: options.group, partitions: Array(ends.keys))) ?? []
        isThrough = ends.allSatisfy { place, end in
          end == 0 || committed.contains { $0.topicPartition == place && $0.offset >= end }
        }
        if !isThrough { try await Task.sleep(for: .milliseconds(50)) }
      }
      await admin.close()
      return true
    } catch {
      await admin.close()
      throw error
    }
  }
}
