internal import HeadraceCore
internal import HeadraceTelemetry
import Synchronization

/// All groups: the thread-safe shell around their state machines. Requests block the thread that brings them until
/// their answer is due and durable.
final class GroupCoordinator: Sendable {
  let store: LogStore
  let settings: GroupSettings
  let timers: TimerThread
  let offsetRetention: Int64
  let logger: Logger
  private let groups = Mutex<[String: GroupEntry]>([:])
  private let tokens = Atomic<UInt64>(1)
  private let sequences: Atomic<UInt64>

  init(store: LogStore, settings: GroupSettings, timers: TimerThread, offsetRetention: Int64, logger: Logger) {
    self.store = store
    self.settings = settings
    self.timers = timers
    self.offsetRetention = offsetRetention
    self.logger = logger
    // Sequences go on from the largest that was kept; counting from the clock saves keeping it.
    sequences = Atomic(UInt64(bitPattern: WallClock.microseconds()))
    load()
  }

  func nextSequence() -> UInt64 { sequences.wrappingAdd(1, ordering: .relaxed).newValue }
  private func nextToken() -> WaiterToken {
    WaiterToken(rawValue: tokens.wrappingAdd(1, ordering: .relaxed).newValue)
  }

  // MARK: Groups

  /// Runs `body` with the group's lock held; makes the group when it is missing and `create` says so.
  func withGroup<Result>(_ id: String, create: Bool, _ body: (GroupEntry) -> Result) -> Result? {
    while true {
      let entry = groups.withLock { groups in
        if let entry = groups[id] { return entry as GroupEntry? }
        guard create else { return nil }
        let entry = GroupEntry(ClassicGroup(id: id, settings: settings))
        groups[id] = entry
        return entry
      }
      guard let entry else { return nil }
      entry.lock.lock()
      defer { entry.lock.unlock() }
      if entry.isGone { continue }
      return body(entry)
    }
  }

  /// All groups there are, in no order.
  var entries: [GroupEntry] { groups.withLock { Array($0.values) } }

  /// Takes a group that nobody would miss out of the registry. The entry's lock is held.
  func forgetIfPossible(_ entry: GroupEntry) {
    guard entry.isForgettable else { return }
    entry.isGone = true
    groups.withLock { $0[entry.id] = nil }
  }

  private func insert(_ entry: GroupEntry) { groups.withLock { $0[entry.id] = entry } }

  // MARK: Membership

  func join(_ group: String, _ request: ClassicGroup.JoinRequest, peer: some RequestPeer) -> JoinAnswer? {
    guard !group.isEmpty else { return JoinAnswer(error: .invalidGroupID, member: request.member) }
    let token = nextToken()
    let waiter = RequestWaiter<JoinAnswer>()
    let newID = "\(request.instance ?? request.clientID)-\(Self.uuid())"
    let ticket = withGroup(group, create: request.member.isEmpty) { entry in
      entry.joins[token] = waiter
      let actions = entry.machine.join(request, token: token, newID: newID, now: Self.now())
      return act(entry, actions)
    }
    guard let ticket else { return JoinAnswer(error: .unknownMemberID, member: request.member) }
    finish(ticket)
    if let answer = waiter.wait(for: peer) { return answer }
    abandon(group) {
      $0.joins[token] = nil; $0.machine.abandonJoin(token, now: Self.now())
    }
    return nil
  }

  func sync(
    _ group: String, member: String, instance: String?, generation: Int32, assignments: [String: [UInt8]],
    peer: some RequestPeer
  ) -> SyncAnswer? {
    guard !group.isEmpty else { return SyncAnswer(error: .invalidGroupID) }
    let token = nextToken()
    let waiter = RequestWaiter<SyncAnswer>()
    let outcome = withGroup(group, create: false) { entry in
      entry.syncs[token] = waiter
      return act(
        entry,
        entry.machine.sync(
          member: member, instance: instance, generation: generation, assignments: assignments, token: token,
          now: Self.now()))
    }
    guard let outcome else { return SyncAnswer(error: .unknownMemberID) }
    finish(outcome)
    if let answer = waiter.wait(for: peer) { return answer }
    abandon(group) {
      $0.syncs[token] = nil; $0.machine.abandonSync(token, now: Self.now())
    }
    return nil
  }

  private func abandon(_ group: String, _ body: (GroupEntry) -> Void) {
    _ = withGroup(group, create: false) { entry in
      body(entry)
      reschedule(entry)
    }
  }

  func heartbeat(_ group: String, member: String, instance: String?, generation: Int32) -> ErrorCode {
    guard !group.isEmpty else { return .invalidGroupID }
    return withGroup(group, create: false) { entry in
      entry.machine.heartbeat(member: member, instance: instance, generation: generation, now: Self.now())
    } ?? .unknownMemberID
  }

  /// Lets members leave; one error each, in order.
  func leave(_ group: String, _ members: [(id: String, instance: String?)]) -> (ErrorCode, [ErrorCode]) {
    guard !group.isEmpty else { return (.invalidGroupID, []) }
    var errors: [ErrorCode] = []
    let outcome = withGroup(group, create: false) { entry in
      var actions: [GroupAction] = []
      for member in members {
        let (error, more) = entry.machine.leave(member: member.id, instance: member.instance, now: Self.now())
        errors.append(error)
        actions += more
      }
      return act(entry, actions)
    }
    guard let outcome else { return (.none, members.map { _ in .unknownMemberID }) }
    finish(outcome)
    return (.none, errors)
  }

  // MARK: Acting

  /// What is left to do once the entry's lock is free.
  struct Outcome {
    var ticket: CommitTicket?
    var answers: [() -> Void] = []
  }

  /// Turns actions into things to do. The entry's lock is held.
  func act(_ entry: GroupEntry, _ actions: [GroupAction]) -> Outcome {
    var outcome = Outcome()
    for action in actions {
      switch action {
      case .answerJoin(let token, let answer):
        if let waiter = entry.joins.removeValue(forKey: token) {
          outcome.answers.append { waiter.deliver(answer) }
        }
      case .answerSync(let token, let answer):
        if let waiter = entry.syncs.removeValue(forKey: token) {
          outcome.answers.append { waiter.deliver(answer) }
        }
      case .persist:
        outcome.ticket?.detach()
        outcome.ticket = persist(entry)
        logger.debug(
          "group has a new generation",
          [
            LogKeys.group: entry.id, "generation": "\(entry.machine.generation)",
            "members": "\(entry.machine.members.count)",
          ])
      }
    }
    reschedule(entry)
    // A group that had members is kept until its offsets expire or it is deleted.
    if entry.machine.protocolType == nil { forgetIfPossible(entry) }
    return outcome
  }

  /// Waits until what had to be kept is kept, then answers. No lock is held.
  func finish(_ outcome: Outcome) {
    if let ticket = outcome.ticket { _ = Self.wait(for: ticket) }
    for answer in outcome.answers { answer() }
  }

  /// Blocks until a ticket is durable.
  static func wait(for ticket: CommitTicket) -> ErrorCode {
    do throws(LogError) {
      try ticket.wait(until: .after(.seconds(30)))
      return .none
    } catch {
      return ErrorCode(rawValue: error.code)
    }
  }

  private func persist(_ entry: GroupEntry) -> CommitTicket? {
    if entry.machine.isEmpty {
      entry.machine.emptiedAt = entry.machine.emptiedAt ?? WallClock.milliseconds()
    } else {
      entry.machine.emptiedAt = nil
    }
    let change = StateChange(
      key: StoredState.key(.group, entry.id), value: StoredState.encode(entry.machine.stored))
    do throws(LogError) {
      return try store.state.put([change])
    } catch {
      logger.error("group cannot be kept", [LogKeys.group: entry.id, LogKeys.error: error.message])
      return nil
    }
  }

  // MARK: Time

  /// Makes sure that somebody looks when the group's next deadline comes. The entry's lock is held.
  private func reschedule(_ entry: GroupEntry) {
    guard let next = entry.machine.nextDeadline else { return }
    if let scheduled = entry.scheduled, scheduled <= next { return }
    entry.scheduled = next
    timers.schedule(at: MonotonicTime(nanoseconds: next * 1_000_000 + 999_999)) { [weak self, weak entry] in
      guard let self, let entry else { return }
      self.expire(entry, scheduledAt: next)
    }
  }

  private func expire(_ entry: GroupEntry, scheduledAt: Int64) {
    let outcome = entry.lock.withLock { () -> Outcome? in
      if entry.scheduled == scheduledAt { entry.scheduled = nil }
      guard !entry.isGone else { return nil }
      let before = entry.machine.members.count
      let actions = entry.machine.expire(now: Self.now())
      let lost = before - entry.machine.members.count
      if lost > 0 { logger.info("members gave no sign of life", [LogKeys.group: entry.id, "members": "\(lost)"]) }
      return act(entry, actions)
    }
    if let outcome { finish(outcome) }
  }

  /// Milliseconds of the monotonic clock.
  static func now() -> Int64 { MonotonicTime.now.nanoseconds / 1_000_000 }

  // MARK: Start

  private func load() {
    let now = Self.now()
    for (key, value) in store.state.scan(prefix: [StoredState.Kind.group.rawValue]) {
      guard let id = StoredState.parts(of: key)?.first,
        let stored = StoredState.decode(StoredState.Group.self, value)
      else { continue }
      let entry = GroupEntry(ClassicGroup(id: id, settings: settings, stored: stored, now: now))
      insert(entry)
      entry.lock.withLock { reschedule(entry) }
    }
    for (key, value) in store.state.scan(prefix: [StoredState.Kind.offset.rawValue]) {
      guard let parts = StoredState.parts(of: key), parts.count == 3, let index = Int32(parts[2]),
        let stored = StoredState.decode(StoredState.Offset.self, value)
      else { continue }
      _ = withGroup(parts[0], create: true) { entry in
        entry.offsets[TopicPartition(topic: parts[1], index: index)] = stored.committed
      }
    }
  }
}
