internal import HeadraceCore
internal import HeadraceTelemetry
import Synchronization

/// All transactional ids: the thread-safe shell around their machines. Calls block until what they answer is durable.
final class TransactionCoordinator: Sendable {
  let store: LogStore
  let groups: GroupCoordinator
  let timers: TimerThread
  let maximumTimeout: Int32
  let identifierExpiry: Int64
  let logger: Logger
  private let producerIDs: ProducerIDs
  private let entries = Mutex<[String: TransactionEntry]>([:])
  private let isLooking = Atomic(false)

  init(
    store: LogStore, groups: GroupCoordinator, timers: TimerThread, maximumTimeout: Int32, identifierExpiry: Int64,
    logger: Logger
  ) {
    self.store = store
    self.groups = groups
    self.timers = timers
    self.maximumTimeout = maximumTimeout
    self.identifierExpiry = identifierExpiry
    self.logger = logger
    producerIDs = ProducerIDs(store: store)
    load()
  }

  /// Runs `body` with the entry's lock held; nil when there is no such id.
  func withEntry<Result>(_ id: String, _ body: (TransactionEntry) -> Result) -> Result? {
    while true {
      guard let entry = entries.withLock({ $0[id] }) else { return nil }
      entry.lock.lock()
      defer { entry.lock.unlock() }
      if entry.isGone { continue }
      return body(entry)
    }
  }

  var allEntries: [TransactionEntry] { entries.withLock { Array($0.values) } }

  /// A copy of every id's state, by name. One that just waits for the disk is waited for.
  func machines() -> [TransactionMachine] {
    allEntries.compactMap { entry in entry.lock.withLock { entry.isGone ? nil : entry.machine } }
      .sorted { $0.id < $1.id }
  }

  // MARK: InitProducerId

  struct Producer: Equatable, Sendable {
    var error: ErrorCode = .none
    var id: Int64 = -1
    var epoch: Int16 = -1
  }

  func initialise(_ id: String?, timeout: Int32, givenID: Int64, givenEpoch: Int16) -> Producer {
    do throws(LogError) {
      guard let id else { return Producer(id: try producerIDs.next(), epoch: 0) }
      guard !id.isEmpty else { return Producer(error: .invalidRequest) }
      guard timeout > 0, timeout <= maximumTimeout else { return Producer(error: .invalidTransactionTimeout) }
      if entries.withLock({ $0[id] }) == nil {
        let producerID = try producerIDs.next()
        entries.withLock { entries in
          if entries[id] == nil {
            entries[id] = TransactionEntry(TransactionMachine(id: id, producerID: producerID))
          }
        }
      }
    } catch {
      return Producer(error: ErrorCode(rawValue: error.code))
    }
    guard let id else { return Producer(error: .invalidRequest) }
    return withEntry(id) { entry in
      initialise(entry, timeout: timeout, givenID: givenID, givenEpoch: givenEpoch)
    } ?? Producer(error: .concurrentTransactions)
  }

  /// The entry's lock is held throughout, so that calls of one id come one after the other.
  private func initialise(_ entry: TransactionEntry, timeout: Int32, givenID: Int64, givenEpoch: Int16) -> Producer {
    let decision = entry.machine.initialise(givenID: givenID, givenEpoch: givenEpoch)
    do throws(LogError) {
      switch decision {
      case .refuse(let error): return Producer(error: error)
      case .repeated: break
      case .abortFirst, .bump, .renew:
        if decision == .abortFirst {
          entry.machine.fence()
          try end(entry, commit: false).wait(until: .after(.seconds(30)))
        }
        let isUsedUp = entry.machine.epoch >= TransactionMachine.lastUsableEpoch
        let renewed = isUsedUp ? try producerIDs.next() : nil
        entry.machine.begin(
          timeout: timeout, givenEpoch: givenEpoch, renewed: renewed, now: WallClock.milliseconds())
        try store.state.put([change(entry.machine)]).wait(until: .after(.seconds(30)))
      }
      return Producer(id: entry.machine.producerID, epoch: entry.machine.epoch)
    } catch {
      return Producer(error: ErrorCode(rawValue: error.code))
    }
  }

  // MARK: The transaction

  /// Who calls: an id with the producer that it believes to be.
  struct Caller: Sendable {
    var transactionalID: String
    var producerID: Int64
    var epoch: Int16
    /// How a stale epoch is told: later versions of the calls say "fenced".
    var fenced: ErrorCode = .invalidProducerEpoch
  }

  /// Adds partitions that exist. Blocks until that is durable.
  func add(partitions: [TopicPartition], _ caller: Caller) -> ErrorCode {
    change(caller) { $0.machine.add(partitions: partitions, now: WallClock.milliseconds()) }
  }

  /// Adds a group whose offsets the transaction will commit. Blocks until that is durable.
  func add(group: String, _ caller: Caller) -> ErrorCode {
    change(caller) { $0.machine.add(group: group, now: WallClock.milliseconds()) }
  }

  private func change(_ caller: Caller, _ body: (TransactionEntry) -> Bool) -> ErrorCode {
    guard !caller.transactionalID.isEmpty else { return .invalidRequest }
    let outcome = withEntry(caller.transactionalID) { entry -> (ErrorCode, CommitTicket?) in
      if let error = identityError(entry, caller) { return (error, nil) }
      guard body(entry) else { return (.none, nil) }
      lookSoon()
      do throws(LogError) {
        return (.none, try store.state.put([change(entry.machine)]))
      } catch {
        return (ErrorCode(rawValue: error.code), nil)
      }
    }
    guard let (error, ticket) = outcome else { return .invalidProducerIDMapping }
    return ticket.map { GroupCoordinator.wait(for: $0) } ?? error
  }

  func identityError(_ entry: TransactionEntry, _ caller: Caller) -> ErrorCode? {
    entry.machine.identityError(producerID: caller.producerID, epoch: caller.epoch, fenced: caller.fenced)
  }

  /// Commits or aborts. Blocks until markers and offsets are durable.
  func end(_ caller: Caller, commit: Bool) -> ErrorCode {
    guard !caller.transactionalID.isEmpty else { return .invalidRequest }
    let outcome = withEntry(caller.transactionalID) { entry -> (ErrorCode, CommitTicket?) in
      if let error = identityError(entry, caller) { return (error, nil) }
      switch entry.machine.end(commit: commit) {
      case .answer(let error): return (error, nil)
      case .end:
        do throws(LogError) {
          return (.none, try end(entry, commit: commit))
        } catch {
          return (ErrorCode(rawValue: error.code), nil)
        }
      }
    }
    guard let (error, ticket) = outcome else { return .invalidProducerIDMapping }
    return ticket.map { GroupCoordinator.wait(for: $0) } ?? error
  }

  /// Checks that a transactional batch belongs to the open transaction and, the lock still held, appends it.
  func append<Result>(_ partition: TopicPartition, _ caller: Caller, _ body: () -> Result)
    -> Swift.Result<Result, ErrorCodeError>
  {
    withEntry(caller.transactionalID) { entry -> Swift.Result<Result, ErrorCodeError> in
      if let error = identityError(entry, caller) { return .failure(ErrorCodeError(code: error)) }
      guard entry.machine.phase == .ongoing, entry.machine.partitions.contains(partition) else {
        return .failure(ErrorCodeError(code: .invalidTransactionState))
      }
      return .success(body())
    } ?? .failure(ErrorCodeError(code: .invalidProducerIDMapping))
  }

  // MARK: Ending

  /// Writes the markers, makes the offsets visible or drops them: one record of the journal. The entry's lock is held;
  /// the groups' locks are taken here, so that no plain commit comes between in memory and in the journal differently.
  private func end(_ entry: TransactionEntry, commit: Bool) throws(LogError) -> CommitTicket {
    let machine = entry.machine
    let partitions = machine.partitions.sorted().compactMap { store.partition($0.topic, $0.index) }
    let groupEntries = lockGroups(entry.offsets.keys.sorted())
    defer { for group in groupEntries { group.lock.unlock() } }
    var next = machine
    next.ended(commit: commit, now: WallClock.milliseconds())
    var changes = [change(next)]
    var visible: [(GroupEntry, TopicPartition, CommittedOffset)] = []
    for group in groupEntries {
      for (partition, offset) in entry.offsets[group.id] ?? [:] {
        changes.append(StateChange(key: Self.pendingKey(machine.id, group.id, partition), value: nil))
        guard commit, (group.offsets[partition]?.sequence ?? 0) < offset.sequence,
          store.partition(partition.topic, partition.index) != nil
        else { continue }
        visible.append((group, partition, offset))
        changes.append(
          StateChange(
            key: GroupCoordinator.offsetKey(group.id, partition),
            value: StoredState.encode(StoredState.Offset(offset))))
      }
    }
    let ticket = try store.endTransaction(
      partitions: partitions, producerId: machine.producerID, epoch: machine.epoch, commit: commit,
      coordinatorEpoch: 0, state: changes)
    for (group, partition, offset) in visible { group.offsets[partition] = offset }
    for group in groupEntries {
      for partition in entry.offsets[group.id]?.keys ?? [:].keys {
        group.pending[partition]?.remove(machine.producerID)
        if group.pending[partition]?.isEmpty == true { group.pending[partition] = nil }
      }
    }
    entry.offsets = [:]
    entry.machine = next
    return ticket
  }

  private func lockGroups(_ ids: [String]) -> [GroupEntry] {
    var locked: [GroupEntry] = []
    for id in ids {
      while true {
        guard let entry = groups.withGroup(id, create: true, { $0 }) else { break }
        entry.lock.lock()
        if entry.isGone {
          entry.lock.unlock()
          continue
        }
        locked.append(entry)
        break
      }
    }
    return locked
  }

  // MARK: Kept

  func change(_ machine: TransactionMachine) -> StateChange {
    StateChange(key: StoredState.key(.transaction, machine.id), value: StoredState.encode(machine.stored))
  }

  static func pendingKey(_ id: String, _ group: String, _ partition: TopicPartition) -> [UInt8] {
    StoredState.key(.pendingOffset, id, group, partition.topic, "\(partition.index)")
  }

  private func load() {
    for (key, value) in store.state.scan(prefix: [StoredState.Kind.transaction.rawValue]) {
      guard let id = StoredState.parts(of: key)?.first,
        let stored = StoredState.decode(StoredState.Transaction.self, value)
      else { continue }
      let entry = TransactionEntry(TransactionMachine(id: id, stored: stored))
      entries.withLock { $0[id] = entry }
      if entry.machine.phase == .ongoing { lookSoon() }
    }
    for (key, value) in store.state.scan(prefix: [StoredState.Kind.pendingOffset.rawValue]) {
      guard let parts = StoredState.parts(of: key), parts.count == 4, let index = Int32(parts[3]),
        let stored = StoredState.decode(StoredState.Offset.self, value)
      else { continue }
      let partition = TopicPartition(topic: parts[2], index: index)
      _ = withEntry(parts[0]) { entry in
        entry.offsets[parts[1], default: [:]][partition] = stored.committed
        _ = groups.withGroup(parts[1], create: true) { group in
          group.pending[partition, default: []].insert(entry.machine.producerID)
        }
      }
    }
  }

  // MARK: Time

  /// Looks every second for transactions that have had their time, as long as any are open.
  private func lookSoon() {
    guard !isLooking.exchange(true, ordering: .acquiringAndReleasing) else { return }
    timers.schedule(after: .seconds(1)) { [weak self] in
      guard let self else { return }
      self.isLooking.store(false, ordering: .releasing)
      if self.abortOverdue(now: WallClock.milliseconds()) { self.lookSoon() }
    }
  }

  /// Aborts what is overdue and shuts its producers out; true while transactions are open.
  func abortOverdue(now: Int64) -> Bool {
    var isAnyOpen = false
    for entry in allEntries {
      entry.lock.lock()
      defer { entry.lock.unlock() }
      guard !entry.isGone, entry.machine.phase == .ongoing else { continue }
      guard entry.machine.isOverdue(now: now) else {
        isAnyOpen = true
        continue
      }
      entry.machine.fence()
      do throws(LogError) {
        try end(entry, commit: false).detach()
        logger.notice("transaction timed out", ["transactionalId": entry.machine.id])
      } catch {
        isAnyOpen = true
        logger.error("overdue transaction cannot be aborted", [LogKeys.error: error.message])
      }
    }
    return isAnyOpen
  }

  /// Forgets ids that nobody used for long.
  func expireIdentifiers(now: Int64 = WallClock.milliseconds()) {
    for entry in allEntries {
      entry.lock.lock()
      defer { entry.lock.unlock() }
      guard !entry.isGone, entry.machine.phase != .ongoing, now - entry.machine.updatedAt >= identifierExpiry else {
        continue
      }
      let key = StoredState.key(.transaction, entry.machine.id)
      guard let ticket = try? store.state.put([StateChange(key: key, value: nil)]) else { continue }
      ticket.detach()
      entry.isGone = true
      entries.withLock { $0[entry.machine.id] = nil }
    }
  }
}
