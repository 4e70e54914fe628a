/// One transactional id: its producer, and what its transaction touches. Pure: it decides, its shell locks and writes.
struct TransactionMachine: Sendable {
  enum Phase: Int8, Sendable {
    case empty = 0
    case ongoing = 1
    case committed = 2
    case aborted = 3
  }

  /// The last epoch is left for fencing: a producer that reaches it gets a new id.
  static let lastUsableEpoch = Int16.max - 1

  let id: String
  var producerID: Int64
  var epoch: Int16 = -1
  /// The epoch that the current one was bumped from by a call of the producer: its repeats get the same answer.
  var lastEpoch: Int16 = -1
  /// Milliseconds.
  var timeout: Int32 = 0
  var phase = Phase.empty
  /// Milliseconds since 1970.
  var startedAt: Int64 = -1
  var updatedAt: Int64 = 0
  var partitions: Set<TopicPartition> = []
  var groups: Set<String> = []

  init(id: String, producerID: Int64) {
    self.id = id
    self.producerID = producerID
  }

  // MARK: Producers

  /// What to do about an InitProducerId.
  enum Initialisation: Equatable, Sendable {
    case refuse(ErrorCode)
    /// The producer's repeat of a call that was answered: the same answer.
    case repeated
    /// The open transaction must be aborted first, under the epoch that `fence()` gives.
    case abortFirst
    /// Take the next epoch.
    case bump
    /// The epochs are used up: take a new producer id.
    case renew
  }

  /// Decides about an InitProducerId; `given` is what the producer believes to be, if it says.
  func initialise(givenID: Int64, givenEpoch: Int16) -> Initialisation {
    if givenID >= 0 || givenEpoch >= 0, epoch >= 0 {
      let isCurrent = givenID == producerID && givenEpoch == epoch
      let isRepeat = givenID == producerID && givenEpoch == lastEpoch && lastEpoch >= 0
      guard isCurrent || isRepeat else { return .refuse(.producerFenced) }
      if phase == .ongoing { return .abortFirst }
      if !isCurrent { return .repeated }
    } else if phase == .ongoing {
      return .abortFirst
    }
    return epoch >= Self.lastUsableEpoch ? .renew : .bump
  }

  /// Gives the producer its next epoch, or a new id. `givenEpoch` is what it believed to have.
  mutating func begin(timeout: Int32, givenEpoch: Int16, renewed: Int64?, now: Int64) {
    self.timeout = timeout
    lastEpoch = givenEpoch
    if let renewed {
      producerID = renewed
      epoch = 0
      lastEpoch = -1
    } else {
      epoch += 1
    }
    reset(to: .empty, now: now)
  }

  /// The epoch under which an abort shuts the present producer out.
  mutating func fence() { if epoch < Int16.max { epoch += 1 } }

  /// Whether a call of a producer is one of the current producer. `fenced` is how a stale epoch is told.
  func identityError(producerID: Int64, epoch: Int16, fenced: ErrorCode) -> ErrorCode? {
    guard producerID == self.producerID else { return .invalidProducerIDMapping }
    return epoch == self.epoch ? nil : fenced
  }

  // MARK: The transaction

  /// Adds partitions; true when that changed anything.
  mutating func add(partitions added: [TopicPartition], now: Int64) -> Bool {
    let isChange = phase != .ongoing || !partitions.isSuperset(of: added)
    begin(now)
    partitions.formUnion(added)
    return isChange
  }

  /// Adds a group whose offsets will be committed; true when that changed anything.
  mutating func add(group: String, now: Int64) -> Bool {
    let isChange = phase != .ongoing || !groups.contains(group)
    begin(now)
    groups.insert(group)
    return isChange
  }

  private mutating func begin(_ now: Int64) {
    guard phase != .ongoing else { return }
    reset(to: .ongoing, now: now)
    startedAt = now
  }

  enum Ending: Equatable, Sendable {
    case answer(ErrorCode)
    case end
  }

  /// Decides about an EndTxn.
  func end(commit: Bool) -> Ending {
    switch phase {
    case .empty: .answer(.invalidTransactionState)
    case .ongoing: .end
    case .committed: .answer(commit ? .none : .invalidTransactionState)
    case .aborted: .answer(commit ? .invalidTransactionState : .none)
    }
  }

  mutating func ended(commit: Bool, now: Int64) { reset(to: commit ? .committed : .aborted, now: now) }

  private mutating func reset(to phase: Phase, now: Int64) {
    self.phase = phase
    partitions = []
    groups = []
    startedAt = -1
    updatedAt = now
  }

  /// Whether the open transaction has had its time.
  func isOverdue(now: Int64) -> Bool { phase == .ongoing && now - startedAt >= Int64(timeout) }

  // MARK: Kept

  var stored: StoredState.Transaction {
    StoredState.Transaction(
      producerID: producerID, epoch: epoch, lastEpoch: lastEpoch, timeout: timeout, phase: phase.rawValue,
      startedAt: startedAt, updatedAt: updatedAt,
      partitions: partitions.sorted().map { StoredState.Transaction.Partition(topic: $0.topic, index: $0.index) },
      groups: groups.sorted())
  }

  init(id: String, stored: StoredState.Transaction) {
    self.id = id
    producerID = stored.producerID
    epoch = stored.epoch
    lastEpoch = stored.lastEpoch
    timeout = stored.timeout
    phase = Phase(rawValue: stored.phase) ?? .empty
    startedAt = stored.startedAt
    updatedAt = stored.updatedAt
    partitions = Set(stored.partitions.map { TopicPartition(topic: $0.topic, index: $0.index) })
    groups = Set(stored.groups)
  }
}
