internal import FoundationEssentials
public import HeadraceCore
public import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// Runs the replays of its targets: follows the control topic, and for each replay that is to run joins its group.
///
/// Any number of processes may do so; they share a replay's partitions like those of any group.
public final class ReplayService: Service {
  private let kafka: KafkaConfiguration
  private let targets: [any ReplayTarget]
  private let controlTopic: String
  private let logger = Logger(label: "headrace.streams.replay")

  private struct Running {
    var service: ProcessorService
    var stop: AsyncSignal
    var task: Task<Void, Never>
  }

  private struct State {
    var wanted: [String: ReplayRun] = [:]
    var running: [String: Running] = [:]
    var isStopping = false
  }

  private let state = Mutex(State())
  private let changed = AsyncSignal()

  /// Runs replays of these processors once it runs itself.
  ///
  /// - Parameters:
  ///   - kafka: The cluster.
  ///   - targets: The processors that this process can replay.
  ///   - controlTopic: Where plans and states are kept.
  public init(kafka: KafkaConfiguration, targets: [any ReplayTarget], controlTopic: String = "headrace.control") {
    self.kafka = kafka
    self.targets = targets
    self.controlTopic = controlTopic
  }

  /// Runs until cancelled or a graceful shutdown is asked for; replays in progress stop gracefully and go on elsewhere
  /// or later.
  public func run() async throws {
    let stop = AsyncSignal()
    try await withGracefulShutdownHandler {
      try await run(until: stop)
    } onGracefulShutdown: {
      stop.raise()
    }
  }

  func run(until stop: AsyncSignal) async throws {
    let following = Task.detached {
      await ControlListener(topic: self.controlTopic, kafka: self.kafka).follow { id, value in
        guard id.hasPrefix("replay/"), let value, let run = ReplayStore.read(value) else { return }
        guard self.targets.contains(where: { $0.configuration.name == run.plan.request.processor }) else { return }
        self.state.withLock { $0.wanted[run.id] = run }
        self.changed.raise()
      }
    }
    let reconciling = Task.detached {
      while !Task.isCancelled {
        await self.changed.wait()
        if Task.isCancelled { return }
        await self.reconcile()
      }
    }
    let watching = Task.detached {
      while !Task.isCancelled {
        try? await Task.sleep(for: .milliseconds(500))
        if !Task.isCancelled { await self.watch() }
      }
    }
    await stop.wait()
    following.cancel()
    reconciling.cancel()
    watching.cancel()
    await reconciling.value
    await watching.value
    for running in state.withLock({ Array($0.running.values) }) {
      running.stop.raise()
      await running.task.value
    }
    await following.value
  }

  /// Starts, pauses and stops what is to be.
  private func reconcile() async {
    for run in state.withLock({ Array($0.wanted.values) }) {
      let running = state.withLock { $0.running[run.id] }
      switch run.state {
      case .running:
        if let running { running.service.setPaused(false) } else { await start(run) }
      case .paused:
        running?.service.setPaused(true)
      case .planned:
        break
      case .complete, .promoted, .rolledBack, .aborted:
        if let running {
          state.withLock { $0.running[run.id] = nil }
          running.stop.raise()
          await running.task.value
        }
      }
    }
  }

  private func start(_ run: ReplayRun) async {
    guard let target = targets.first(where: { $0.configuration.name == run.plan.request.processor }) else { return }
    do {
      let request = run.plan.request
      let selection = try await ReplaySelection.read(
        request,
        parts: run.plan.parts.map { (TopicPartition($0.topic, $0.partition), $0.start..<$0.end) }, target: target,
        reader: TopicReader(kafka: kafka))
      let processor = ReplayProcessor(
        inner: AnyProcessor(try target.processor(for: request)), run: run, selection: selection,
        pace: request.perSecond.map { ReplayPace(perSecond: $0) }, outputTopics: Set(target.outputTopics))
      let live = target.configuration
      var configuration = live
      configuration.group = run.group
      configuration.runID = run.id
      configuration.start = .latest
      configuration.journalTopic = run.journalTopic
      configuration.resultTopic = live.resultTopic ?? live.journalTopic
      configuration.journalMode = request.journalMode
      configuration.deadLetterSuffix = run.deadLetterSuffix
      configuration.groupInstanceID = nil
      configuration.controlTopic = nil
      configuration.spendCap = request.spendCap
      // Live work comes first: a replay gets its share of the slots.
      configuration.slots = max(1, Int((Double(live.slots) * request.permitShare).rounded()))
      let service = ProcessorService(erased: processor.erased(), configuration: configuration, kafka: kafka)
      let stop = AsyncSignal()
      let task = Task.detached {
        do {
          try await service.run(until: stop)
        } catch {
          self.logger.error("replay \(run.id) ended: \(error)")
          self.state.withLock { $0.running[run.id] = nil }
        }
      }
      state.withLock { $0.running[run.id] = Running(service: service, stop: stop, task: task) }
      logger.info("replay \(run.id) runs here", ["processor": request.processor, "records": String(run.plan.records)])
    } catch {
      logger.error("replay \(run.id) could not be started: \(error)")
    }
  }

  /// Notices what is complete, or has reached its cap.
  private func watch() async {
    let replays = Replays(kafka: kafka, targets: targets, controlTopic: controlTopic)
    let store = ReplayStore(topic: controlTopic, kafka: kafka)
    for (id, running) in state.withLock({ $0.running }) {
      guard let run = state.withLock({ $0.wanted[id] }), run.state == .running else { continue }
      do {
        let progress = try await replays.progress(of: run)
        // Another process may have said so already: the control topic decides.
        let stored = try await store.find(run.id)
        guard stored.state == .running else { continue }
        if progress.done >= progress.total {
          _ = try await store.change(stored, to: .complete)
        } else if let cap = run.plan.request.spendCap, running.service.spentNanos >= cap.nanos {
          _ = try await store.change(stored, to: .paused, note: "the spend cap of \(cap) is reached")
        }
      } catch {
        logger.debug("replay \(id): \(error)")
      }
    }
  }
}
