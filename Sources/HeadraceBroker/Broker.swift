public import HeadraceCore
public import HeadraceTelemetry
import Synchronization

/// The embedded broker: a real log on one machine that speaks Kafka's protocol to any client.
///
/// ```swift
/// let broker = Broker(BrokerConfiguration(folder: "/var/lib/headrace/broker"))
/// try await broker.start()
/// // clients connect to broker.bootstrapServers
/// try await broker.stop(within: .seconds(5))
/// ```
/// It is a `Service` too: ``run()`` starts it and stops it when the group shuts down. Inside it has threads of its own
/// and blocks none of the caller's. It does not replicate: what outgrows one machine goes to Apache Kafka, and clients
/// change nothing but the address.
public final class Broker: Service {
  private enum Phase {
    case idle
    case starting
    case running(Running)
    case stopping
    case stopped
  }

  /// What exists between start and stop.
  private struct Running: Sendable {
    var core: BrokerCore
    var listener: Listener
    var fileSystem: KillableFileSystem?
  }

  private let configuration: BrokerConfiguration
  private let logger: Logger
  private let registry: MetricsRegistry
  private let phase = Mutex(Phase.idle)
  private let failure = Mutex<BrokerError?>(nil)
  /// Ends when the broker has ended, or can acknowledge nothing any more.
  private let ended = AsyncStream.makeStream(of: Never.self)
  private let isKillable: Bool
  /// Scripted faults, for tests.
  package let faults = FaultBoard()

  /// Prepares a broker; ``start()`` or ``run()`` does the rest.
  ///
  /// - Parameters:
  ///   - configuration: What it is and may use.
  ///   - logger: Where it says what it does.
  ///   - metrics: Where it counts.
  public init(
    _ configuration: BrokerConfiguration, logger: Logger = Logger(label: "headrace.broker"),
    metrics: MetricsRegistry = .shared
  ) {
    self.configuration = configuration
    self.logger = logger
    registry = metrics
    isKillable = false
  }

  /// A broker that ``kill()`` can end the hard way, for tests.
  package init(killable configuration: BrokerConfiguration, logger: Logger = Logger(label: "headrace.broker")) {
    self.configuration = configuration
    self.logger = logger
    registry = .shared
    isKillable = true
  }

  // MARK: State

  /// The port that is listened on; nil while the broker does not run.
  public var boundPort: UInt16? {
    phase.withLock { phase in
      if case .running(let running) = phase { running.core.port } else { nil }
    }
  }

  /// What clients are given: "host:port"; nil while the broker does not run.
  public var bootstrapServers: String? {
    phase.withLock { phase in
      guard case .running(let running) = phase else { return nil }
      let host = running.core.advertisedHost
      return host.contains(":") ? "[\(host)]:\(running.core.port)" : "\(host):\(running.core.port)"
    }
  }

  /// The cluster id kept in the data folder; nil while the broker does not run.
  public var clusterID: String? {
    phase.withLock { phase in
      if case .running(let running) = phase { running.core.store.clusterId } else { nil }
    }
  }

  /// What the threads share; nil while the broker does not run.
  var core: BrokerCore? {
    phase.withLock { phase in
      if case .running(let running) = phase { running.core } else { nil }
    }
  }

  // MARK: Verbs

  /// Opens the data folder, recovers what has to be, and listens. Returns when clients can connect.
  ///
  /// - Throws: ``BrokerError`` when the host is not loopback, the port is taken, or the folder cannot be opened.
  public func start() async throws {
    try await OffPool.run { [self] in try startBlocking() }
  }

  /// Answers what is in hand, closes connections and data folder.
  ///
  /// - Parameter budget: How long requests in hand may take; after it their connections are cut. What is acknowledged is
  ///   safe either way.
  public func stop(within budget: Duration = .seconds(5)) async throws {
    try await OffPool.run { [self] in try stopBlocking(budget) }
  }

  /// Runs until a graceful shutdown or the cancellation of its task, then stops. Starts it unless ``start()`` did.
  ///
  /// - Throws: ``BrokerError`` when it cannot start, or when the disk failed under it.
  public func run() async throws {
    if boundPort == nil { try await start() }
    logger.info("broker is ready", ["bootstrap": bootstrapServers ?? "", "folder": configuration.folder])
    let isCancelled: Bool
    do {
      try await waitForEnd()
      isCancelled = false
    } catch {
      isCancelled = true
    }
    try await stop(within: isCancelled ? .zero : .seconds(5))
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Returns at a graceful shutdown or when the disk failed; throws when the task is cancelled.
  private func waitForEnd() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await gracefulShutdown() }
      group.addTask { [self] in
        for await _ in ended.stream {}
        try Task.checkCancellation()
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Ends everything at once, as `kill -9` would: no answer leaves any more, nothing more is written, nothing is tidied.
  /// The folder can be opened by another broker afterwards. Only for brokers made with `init(killable:)`.
  package func kill() async {
    await OffPool.run { [self] in killBlocking() }
  }

  // MARK: Blocking

  private func startBlocking() throws(BrokerError) {
    let mayStart = phase.withLock { phase in
      if case .idle = phase {
        phase = .starting
        return true
      }
      return false
    }
    guard mayStart else { throw BrokerError(.wrongState, "This broker was started before: make another one.") }
    do throws(BrokerError) {
      let running = try open()
      phase.withLock { $0 = .running(running) }
    } catch {
      phase.withLock { $0 = .idle }
      throw error
    }
  }

  private func open() throws(BrokerError) -> Running {
    try configuration.validate()
    guard let address = Socket.loopback(configuration.host) else {
      throw BrokerError(
        .hostNotLoopback,
        """
        The embedded broker listens on loopback only, and \(configuration.host) is something else. To be reached from \
        other machines, run Apache Kafka and give its address as kafka.bootstrap-servers: nothing else changes.
        """)
    }
    SignalMask.blockBrokenPipe()
    Socket.raiseFileLimit()
    // The port is taken first: a second broker on the same folder ends here, before it touches anything.
    let (descriptor, port) = try Socket.listen(address, port: configuration.port)
    var options = LogStore.Configuration(folder: configuration.folder)
    options.segmentBytes = configuration.segmentBytes
    options.journalBytes = configuration.journalBytes
    options.durability = configuration.durability == .fsync ? .fsync : .os
    options.topicDefaults = configuration.topicDefaults
    options.producerExpiration = configuration.producerExpiration
    let killable = isKillable ? KillableFileSystem(options.fileSystem) : nil
    if let killable { options.fileSystem = killable }
    options.onFatal = { [weak self] error in self?.fail(error) }
    let store: LogStore
    do throws(LogError) {
      store = try LogStore(configuration: options)
    } catch {
      Socket.close(descriptor)
      throw BrokerError(.storage, "\(configuration.folder): \(error.message)")
    }
    let core = BrokerCore(
      configuration: configuration, store: store, port: port, advertisedHost: address.host,
      metrics: BrokerMetrics(registry: registry), faults: faults, logger: logger)
    core.onCrash.withLock { $0 = { [weak self] in self?.crash() } }
    core.startTimers()
    let listener = Listener(descriptor: descriptor, core: core)
    listener.start()
    return Running(core: core, listener: listener, fileSystem: killable)
  }

  private func takeRunning() -> Running? {
    phase.withLock { phase in
      guard case .running(let running) = phase else { return nil }
      phase = .stopping
      return running
    }
  }

  private var isStopping: Bool {
    phase.withLock { phase in
      if case .stopping = phase { true } else { false }
    }
  }

  /// Somebody else is ending the broker, a scripted crash for one: that end is waited for.
  private func waitForOther() {
    while isStopping { OSPause.milliseconds(1) }
  }

  private func stopBlocking(_ budget: Duration) throws(BrokerError) {
    guard let running = takeRunning() else { return waitForOther() }
    defer { phase.withLock { $0 = .stopped } }
    running.core.isStopping.store(true, ordering: .releasing)
    running.listener.stop(deadline: MonotonicTime.now + budget)
    running.core.timers.stop()
    do throws(LogError) {
      try running.core.store.close(deadline: .after(.seconds(30)))
    } catch {
      throw BrokerError(
        .storage, "\(configuration.folder) was not closed well, and is recovered next time: \(error.message)")
    }
    ended.continuation.finish()
  }

  private func killBlocking() {
    guard let running = takeRunning() else { return waitForOther() }
    running.fileSystem?.kill()
    running.core.isDead.store(true, ordering: .releasing)
    running.core.isStopping.store(true, ordering: .releasing)
    running.listener.stop(deadline: MonotonicTime.now, hard: true)
    running.core.timers.stop()
    // Its threads end; the dead file system keeps it from writing.
    try? running.core.store.close(deadline: .after(.seconds(5)))
    phase.withLock { $0 = .stopped }
    ended.continuation.finish()
  }

  /// A scripted crash, from a connection's own thread.
  private func crash() {
    let fileSystem = phase.withLock { phase -> KillableFileSystem? in
      if case .running(let running) = phase { running.fileSystem } else { nil }
    }
    fileSystem?.kill()
    OSThread.detached(name: "broker-crash") { [self] in killBlocking() }
  }

  /// The disk failed: nothing may be acknowledged any more.
  private func fail(_ error: LogError) {
    failure.withLock { $0 = BrokerError(.storage, "The journal failed: \(error.message)") }
    guard let core, !core.isDead.load(ordering: .acquiring) else { return }
    logger.critical("the disk failed: no record is acknowledged any more", [LogKeys.error: error.message])
    core.isDead.store(true, ordering: .releasing)
    ended.continuation.finish()
  }
}
