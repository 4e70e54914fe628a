internal import FoundationEssentials
internal import HeadraceCore
public import HeadraceKafka

/// Replays as a resource: `headrace replay plan | run | list | status | pause | resume | abort | diff | promote |
/// rollback`. The processes that run `ReplayService` do the work.
public struct Replays: Sendable {
  private let kafka: KafkaConfiguration
  private let targets: [any ReplayTarget]
  private let store: ReplayStore

  /// The replays of a cluster; does no I/O.
  ///
  /// - Parameters:
  ///   - kafka: The cluster.
  ///   - targets: The processors that can be replayed.
  ///   - controlTopic: Where plans and states are kept.
  public init(kafka: KafkaConfiguration, targets: [any ReplayTarget], controlTopic: String = "headrace.control") {
    self.kafka = kafka
    self.targets = targets
    store = ReplayStore(topic: controlTopic, kafka: kafka)
  }

  /// Looks at what a request comes to, and stores it as planned. Nothing is run, nothing paid.
  ///
  /// The same request over the same records is the same plan, until that has been run: then it is a new one.
  public func plan(_ request: ReplayRequest) async throws -> ReplayPlan {
    let target = try target(request.processor)
    var plan = try await ReplayPlanner(target: target, reader: TopicReader(kafka: kafka)).plan(request)
    let known = try await store.all()
    while let run = known.first(where: { $0.id == plan.id }) {
      if run.state == .planned { return run.plan }
      plan = try plan.again()
    }
    try await store.write(ReplayRun(plan: plan, state: .planned, changedAt: .now))
    return plan
  }

  /// Lets a plan run, by its hash: what was shown is what runs.
  public func run(_ hash: String) async throws -> ReplayRun {
    let run = try await store.find(hash)
    guard hash.count >= 10 else { throw ProcessorError(.replay, "give at least ten characters of the plan's hash") }
    guard run.state == .planned else {
      throw ProcessorError(.replay, "replay \(run.id) is \(run.state.rawValue) already")
    }
    let target = try target(run.plan.request.processor)
    guard try ReplayPlan.hash(run.plan.request, run.plan.parts) == run.plan.hash else {
      throw ProcessorError(.replay, "the plan of \(run.id) has been changed: plan again")
    }
    try await prepare(run, target)
    return try await store.change(run, to: .running)
  }

  /// All replays, the oldest first.
  public func list() async throws -> [ReplayRun] { try await store.all() }

  /// How far a replay is.
  public func status(_ name: String) async throws -> ReplayProgress {
    try await progress(of: store.find(name))
  }

  /// Stops dispatch; goes on where it was with `resume`.
  public func pause(_ name: String) async throws -> ReplayRun {
    try await store.change(store.find(name), to: .paused)
  }

  /// Goes on.
  public func resume(_ name: String) async throws -> ReplayRun {
    try await store.change(store.find(name), to: .running)
  }

  /// Gives a replay up; what it has written aside stays until it is deleted.
  public func abort(_ name: String) async throws -> ReplayRun {
    try await store.change(store.find(name), to: .aborted)
  }

  /// Compares what the replay wrote with what is live.
  ///
  /// - Parameters:
  ///   - name: The replay's id or the hash of its plan.
  ///   - ignoring: Fields that do not count, as paths; the defaults are times and the like.
  public func diff(_ name: String, ignoring: Set<String> = ReplayDiff.volatileFields) async throws -> ReplayDiff {
    let run = try await store.find(name)
    return try await ReplayDiffer(
      run: run, target: target(run.plan.request.processor), reader: TopicReader(kafka: kafka), ignoring: ignoring
    ).diff()
  }

  /// Makes the replay's outputs live, but where the live output is newer or was deleted. May be repeated after a crash.
  public func promote(_ name: String) async throws -> ReplayPromotion.Report {
    let run = try await store.find(name)
    guard run.state == .complete, run.plan.request.destination == .aside else {
      throw ProcessorError(
        .replay, "only a complete replay with outputs aside can be promoted; \(run.id) is \(run.state.rawValue)")
    }
    let report = try await ReplayPromotion(
      run: run, target: target(run.plan.request.processor), kafka: kafka
    ).promote()
    _ = try await store.change(run, to: .promoted)
    return report
  }

  /// Puts back what the promotion replaced, where it is still what is live.
  ///
  /// - Parameters:
  ///   - name: The replay's id or the hash of its plan.
  ///   - window: How long after the promotion that is allowed. Default seven days.
  public func rollback(_ name: String, window: Duration = .seconds(7 * 86_400)) async throws -> ReplayPromotion.Report {
    let run = try await store.find(name)
    guard run.state == .promoted else {
      throw ProcessorError(.replay, "only a promoted replay can be rolled back; \(run.id) is \(run.state.rawValue)")
    }
    guard Date.now.timeIntervalSince(run.changedAt) <= window.seconds else {
      throw ProcessorError(.replay, "replay \(run.id) was promoted too long ago to be rolled back")
    }
    let report = try await ReplayPromotion(
      run: run, target: target(run.plan.request.processor), kafka: kafka
    ).rollBack()
    _ = try await store.change(run, to: .rolledBack)
    return report
  }

  // MARK: Helpers

  func progress(of run: ReplayRun) async throws -> ReplayProgress {
    let reader = TopicReader(kafka: kafka)
    return try await reader.withAdmin { admin in
      let places = run.plan.parts.map { TopicPartition($0.topic, $0.partition) }
      let committed = try await admin.committedOffsets(of: run.group, partitions: places)
      var progress = ReplayProgress(run: run, done: 0, total: 0, deadLetters: 0)
      for part in run.plan.parts {
        progress.total += part.end - part.start
        let stored = committed.first { $0.topic == part.topic && $0.partition == part.partition }
        guard let stored, stored.offset >= 0 else { continue }
        var done = min(max(stored.offset, part.start), part.end) - part.start
        if case .valid(let metadata) = AckMetadata.decode(stored.metadata, committedOffset: stored.offset),
          stored.offset < part.end
        {
          done += metadata.ledger.doneCount(below: part.end)
        }
        progress.done += min(done, part.end - part.start)
      }
      let topics = Set(run.plan.parts.map { $0.topic + run.deadLetterSuffix })
      let letters = try await reader.partitions(of: Array(topics), admin)
      if !letters.isEmpty {
        progress.deadLetters = try await admin.watermarks(of: letters).values.reduce(0) { $0 + $1.high - $1.low }
      }
      return progress
    }
  }

  /// The replay's own group begins at the plan's starts; its output topics are made.
  private func prepare(_ run: ReplayRun, _ target: any ReplayTarget) async throws {
    let reader = TopicReader(kafka: kafka)
    try await reader.withAdmin { admin in
      for topic in target.outputTopics where run.plan.request.destination == .aside {
        let count = try await admin.describeTopics([topic]).first?.partitions.count ?? 1
        for name in [run.outputTopic(for: topic), run.beforeTopic(for: topic)] {
          try await admin.createTopic(
            NewTopic(
              name, partitions: max(1, count), replicationFactor: target.configuration.replicationFactor,
              // Before-images of what was not there are tombstones: they must outlive the time for a roll-back.
              configs: ["cleanup.policy": "compact", "delete.retention.ms": "691200000"]))
        }
      }
      let starts = run.plan.parts.map { PartitionOffset(TopicPartition($0.topic, $0.partition), $0.start) }
      try await admin.alterCommittedOffsets(of: run.group, to: starts)
    }
  }

  private func target(_ processor: String) throws -> any ReplayTarget {
    guard let target = targets.first(where: { $0.configuration.name == processor }) else {
      throw ProcessorError(
        .replay,
        "there is no processor \(processor); known are "
          + targets.map(\.configuration.name).sorted().joined(separator: ", "))
    }
    return target
  }
}
