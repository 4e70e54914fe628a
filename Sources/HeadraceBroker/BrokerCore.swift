internal import HeadraceCore
internal import HeadraceTelemetry
import Synchronization

/// What all threads of a running broker share.
final class BrokerCore: Sendable {
  let configuration: BrokerConfiguration
  let store: LogStore
  let groups: GroupCoordinator
  let transactions: TransactionCoordinator
  let timers: TimerThread
  let pool: BufferPool
  let metrics: BrokerMetrics
  let logger: Logger
  let faults: FaultBoard
  /// The name that clients are told.
  let advertisedHost: String
  let port: UInt16
  /// Set once, when the broker begins to stop: whatever a thread waits for, it comes to its end.
  let isStopping = Atomic(false)
  /// Set once, when the broker pretends to have been killed: no thread may answer or write any more.
  let isDead = Atomic(false)
  /// What a scripted crash does.
  let onCrash = Mutex<(@Sendable () -> Void)?>(nil)

  init(
    configuration: BrokerConfiguration, store: LogStore, port: UInt16, advertisedHost: String, metrics: BrokerMetrics,
    faults: FaultBoard, logger: Logger
  ) {
    self.configuration = configuration
    self.store = store
    self.port = port
    self.advertisedHost = advertisedHost
    self.metrics = metrics
    self.faults = faults
    self.logger = logger
    timers = TimerThread()
    pool = BufferPool(limit: max(configuration.bufferPoolBytes, 1 << 20))
    groups = GroupCoordinator(
      store: store,
      settings: GroupSettings(
        initialRebalanceDelay: configuration.groupInitialRebalanceDelay.milliseconds,
        sessionTimeouts: configuration.groupSessionTimeouts.lowerBound
          .milliseconds...configuration
          .groupSessionTimeouts.upperBound.milliseconds),
      timers: timers, offsetRetention: configuration.offsetRetention.milliseconds, logger: logger)
    transactions = TransactionCoordinator(
      store: store, groups: groups, timers: timers,
      maximumTimeout: Int32(clamping: configuration.maximumTransactionTimeout.milliseconds),
      identifierExpiry: 7 * 86_400_000, logger: logger)
  }

  /// Begins the work that comes with time.
  func startTimers() {
    timers.start()
    scheduleExpiry()
  }

  private func scheduleExpiry() {
    timers.schedule(after: configuration.offsetRetentionCheckInterval) { [weak self] in
      guard let self else { return }
      self.groups.expireOffsets()
      self.transactions.expireIdentifiers()
      self.scheduleExpiry()
    }
  }

  var nodeID: Int32 { store.nodeId }

  /// A scripted death: from this moment nothing is answered.
  func crash() {
    isDead.store(true, ordering: .releasing)
    onCrash.withLock { $0 }?()
  }
}
