internal import FoundationEssentials
public import HeadraceCore
public import HeadraceKafka
internal import HeadraceTelemetry
internal import Synchronization

/// Runs a processor: reads its topics as a member of its group, keeps its slots busy, and commits.
///
/// Any number of services may share a group, in one process or in many. The service makes the journal and the
/// dead-letter topics when they are missing; input and output topics must exist.
///
/// ```swift
/// var configuration = ProcessorConfiguration(name: "shout", inputTopics: ["words"])
/// configuration.slots = 500
/// let shout = ProcessorService(configuration: configuration, kafka: kafka) { record, context in
///   [Output(topic: "shouts", key: record.key, value: record.value?.map { $0 & 0xdf })]
/// }
/// try await ServiceGroup(services: [shout]).run()
/// ```
public final class ProcessorService: Service {
  /// The configuration in force.
  public let configuration: ProcessorConfiguration
  private let kafka: KafkaConfiguration
  private let processor: AnyProcessor

  private struct State {
    var runtime: ProcessorRuntime?
    var isPaused = false
    var isPausedByControl = false
    var observer: (@Sendable (CommitObservation) -> Void)?
  }

  private let state = Mutex(State())

  /// A service for a processor type. Does no I/O.
  public init(_ processor: some Processor, configuration: ProcessorConfiguration, kafka: KafkaConfiguration) {
    self.processor = AnyProcessor(processor)
    self.configuration = configuration
    self.kafka = kafka
  }

  init(erased processor: AnyProcessor, configuration: ProcessorConfiguration, kafka: KafkaConfiguration) {
    self.processor = processor
    self.configuration = configuration
    self.kafka = kafka
  }

  /// What the journaled calls of this run have cost, in billionths of the currency's unit.
  var spentNanos: Int64 { state.withLock { $0.runtime?.spend.spent } ?? 0 }

  /// A service for a processor that is one closure over the record as it was read. Does no I/O.
  public convenience init(
    configuration: ProcessorConfiguration, kafka: KafkaConfiguration,
    handle: @escaping @Sendable (RawRecord, ProcessorContext) async throws -> Outputs
  ) {
    self.init(
      erased: AnyProcessor(accepts: { _ in true }, handle: handle, deadLettered: { _, _, _ in [] }),
      configuration: configuration, kafka: kafka)
  }

  /// Runs until its task is cancelled (ends at once) or a graceful shutdown is asked for: then no record starts, those
  /// in progress are waited for up to `shutdownBudget`, the last transaction is committed, the group is left.
  ///
  /// - Throws: `ProcessorError` for a configuration that can't work, `KafkaError` when the client is beyond help.
  public func run() async throws {
    let stop = AsyncSignal()
    try await withGracefulShutdownHandler {
      try await run(until: stop)
    } onGracefulShutdown: {
      stop.raise()
    }
  }

  /// As `run`, with a signal in place of a graceful shutdown.
  func run(until stop: AsyncSignal) async throws {
    try configuration.validate()
    var kafka = kafka
    kafka.consumer.groupID = configuration.group
    let topics = try await ProcessorTopics(configuration: configuration, kafka: kafka).prepare()
    let runtime = try ProcessorRuntime(
      configuration: configuration, processor: processor, kafka: kafka, topics: topics,
      isPaused: state.withLock { $0.isPaused || $0.isPausedByControl }, observer: state.withLock { $0.observer })
    state.withLock { $0.runtime = runtime }
    defer { state.withLock { $0.runtime = nil } }
    let control = controlTask()
    do {
      try await runtime.run(until: stop)
    } catch {
      control?.cancel()
      throw error
    }
    control?.cancel()
    await control?.value
  }

  /// Hears of every commit; set before `run`.
  package func observeCommits(_ observer: @escaping @Sendable (CommitObservation) -> Void) {
    state.withLock { $0.observer = observer }
  }

  /// What the processor is doing. Cheap; any thread.
  public func status() -> ProcessorStatus {
    if let runtime = state.withLock({ $0.runtime }) { return runtime.status() }
    return ProcessorStatus(
      name: configuration.name, group: configuration.group, state: .stopped, slots: configuration.slots, slotsBusy: 0,
      bufferedBytes: 0, stuckHandlers: 0, committed: 0, deadLetters: 0, commits: 0, aborts: 0, lastCommitError: nil,
      partitions: [], scaling: ScalingSignal(pending: 0, perSecond: 0, reason: .empty, slotsBusyShare: 0))
  }

  /// Stops or starts dispatch in this process: records in progress finish, what is read waits. For all processes of a
  /// group use `ProcessorControl`.
  public func setPaused(_ isPaused: Bool) {
    change { $0.isPaused = isPaused }
  }

  private func change(_ body: (inout State) -> Void) {
    let (runtime, isPaused) = state.withLock { state -> (ProcessorRuntime?, Bool) in
      body(&state)
      return (state.runtime, state.isPaused || state.isPausedByControl)
    }
    runtime?.setPaused(isPaused)
  }

  /// Follows the control topic, where one is configured.
  private func controlTask() -> Task<Void, Never>? {
    guard let topic = configuration.controlTopic else { return nil }
    let resource = ControlResource.processor(configuration.name)
    let listener = ControlListener(topic: topic, kafka: kafka)
    return Task.detached {
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          await listener.follow { id, value in
            guard id == resource else { return }
            self.change { $0.isPausedByControl = value?["paused"]?.bool ?? false }
          }
        }
        group.addTask { await self.publishStatus(topic) }
      }
    }
  }

  /// Writes the status every few seconds, for `ProcessorControl`, and takes it back in the end.
  private func publishStatus(_ topic: String) async {
    let id = ControlResource.status(configuration.name, UUID.version7().lowercased)
    var runtime: ProcessorRuntime?
    var isFirst = true
    while !Task.isCancelled {
      try? await Task.sleep(for: isFirst ? .seconds(1) : .seconds(5))
      isFirst = false
      runtime = state.withLock { $0.runtime } ?? runtime
      guard let runtime, !Task.isCancelled,
        let status = try? JournalCoding.encode(runtime.status()), let value = try? JSONValue(parsing: status)
      else { continue }
      await runtime.publish(id, ["time": .int(Date.now.milliseconds), "status": value], on: topic)
    }
    guard !isFirst else { return }
    // This task is cancelled by now; what is left to do gets a moment of its own.
    let writer = ControlWriter(topic: topic, kafka: kafka)
    _ = await Task.detached { try? await withTimeLimit(.seconds(2)) { try await writer.write(id, nil) } }.value
  }
}
