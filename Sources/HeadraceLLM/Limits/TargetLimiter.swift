internal import HeadraceCore
internal import Synchronization

/// Permits for one target: the lock and the waiting around ``PermitState``.
final class TargetLimiter: Sendable {
  private enum Answer: Sendable {
    case granted
    case refused(PermitState.Refusal)
    case cancelled
    case stopping
  }

  private struct Shell {
    var state: PermitState
    var waiting: [UInt64: CheckedContinuation<Answer, Never>] = [:]
    var nextID: UInt64 = 0
    var timer: ContinuousClock.Instant?
    var isStopping = false
  }

  private let shell: Mutex<Shell>
  private let name: String

  init(name: String, limits: TargetLimits) {
    self.name = name
    shell = Mutex(Shell(state: PermitState(limits, now: .now)))
  }

  /// Waits for a permit.
  ///
  /// - Throws: ``LLMError`` `noPermit` when the queue is full or the deadline passes; `CancellationError`.
  func acquire(
    tokens: Int, priority: CallPriority, deadline: ContinuousClock.Instant
  ) async throws -> TargetPermit {
    let id = shell.withLock { shell in
      shell.nextID += 1
      return shell.nextID
    }
    let waiter = PermitState.Waiter(id: id, priority: priority, tokens: Double(tokens), deadline: deadline)
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
        enter(waiter, continuation)
      }
    } onCancel: {
      cancel(id)
    }
    switch answer {
    case .granted:
      let permit = TargetPermit(limiter: self, reserved: Double(tokens))
      if Task.isCancelled {
        permit.giveBack()
        throw CancellationError()
      }
      return permit
    case .refused(.queueFull(let waiting)):
      throw LLMError(.noPermit, "\(waiting) callers wait for \(name) already", retryAfter: .seconds(1))
    case .refused(.deadline): throw LLMError(.noPermit, "no permit for \(name) within the time allowed")
    case .cancelled: throw CancellationError()
    case .stopping: throw EndableWaits.stopping
    }
  }

  var isPaused: Bool { shell.withLock { $0.state.pausedUntil.map { $0 > .now } ?? false } }
  var pausedUntil: ContinuousClock.Instant? { shell.withLock { $0.state.pausedUntil } }
  var inFlight: Int { shell.withLock { $0.state.inFlight } }
  var waiting: Int { shell.withLock { $0.state.waiting } }

  func setShare(_ share: Double) { change { $0.setShare(share, now: .now) } }
  func pause(for duration: Duration) { change { $0.pause(until: ContinuousClock.now.advanced(by: duration)) } }
  func throttled(retryAfter: Duration?) { change { $0.throttled(retryAfter: retryAfter, now: .now) } }
  func succeeded() { change { $0.succeeded() } }
  fileprivate func settle(reserved: Double, used: Double) {
    change { $0.settle(reserved: reserved, used: used, now: .now) }
  }
  fileprivate func giveBack(_ reserved: Double) { change { $0.giveBack(reserved, now: .now) } }

  /// Asks and, when it has to wait, is registered in the same step, so that no grant can fall in between.
  private func enter(_ waiter: PermitState.Waiter, _ continuation: CheckedContinuation<Answer, Never>) {
    let answer: Answer? = shell.withLock { shell in
      switch shell.state.request(waiter, now: .now) {
      case .granted: return .granted
      case .refused(let refusal): return .refused(refusal)
      case .queued:
        if shell.isStopping {
          _ = shell.state.cancel(waiter.id)
          return .stopping
        }
        shell.waiting[waiter.id] = continuation
        return nil
      }
    }
    if let answer { return continuation.resume(returning: answer) }
    // The handler of a cancellation that came before the registration found nothing.
    if Task.isCancelled { return cancel(waiter.id) }
    change { _ in }
  }

  private func cancel(_ id: UInt64) {
    let continuation = shell.withLock { shell in
      _ = shell.state.cancel(id)
      return shell.waiting.removeValue(forKey: id)
    }
    continuation?.resume(returning: .cancelled)
    change { _ in }
  }

  /// Sends away who waits, and from now on whoever would have to.
  func stopWaiting() {
    let waiting = shell.withLock { shell in
      shell.isStopping = true
      for id in shell.waiting.keys { _ = shell.state.cancel(id) }
      defer { shell.waiting = [:] }
      return shell.waiting.values
    }
    for continuation in waiting { continuation.resume(returning: .stopping) }
  }

  private func change(_ step: (inout PermitState) -> Void) {
    var resumed: [(CheckedContinuation<Answer, Never>, Answer)] = []
    var timer: ContinuousClock.Instant?
    shell.withLock { shell in
      let now = ContinuousClock.now
      step(&shell.state)
      for event in shell.state.advance(now: now) {
        switch event {
        case .granted(let id):
          if let waiter = shell.waiting.removeValue(forKey: id) { resumed.append((waiter, .granted)) }
        case .expired(let id):
          if let waiter = shell.waiting.removeValue(forKey: id) { resumed.append((waiter, .refused(.deadline))) }
        }
      }
      if let next = shell.state.nextInstant(now: now), shell.timer.map({ next < $0 }) ?? true {
        shell.timer = next
        timer = next
      }
    }
    for (waiter, answer) in resumed { waiter.resume(returning: answer) }
    if let timer { arm(timer) }
  }

  /// One sleeping task for the earliest instant; an earlier one makes another, so at most a few exist.
  private func arm(_ instant: ContinuousClock.Instant) {
    Task { [weak self] in
      try? await Task.sleep(until: instant, clock: .continuous)
      guard let self else { return }
      self.shell.withLock { if $0.timer == instant { $0.timer = nil } }
      self.change { _ in }
    }
  }
}

/// The right to make one call to a target; settled exactly once.
struct TargetPermit: Sendable {
  fileprivate let limiter: TargetLimiter
  fileprivate let reserved: Double

  fileprivate init(limiter: TargetLimiter, reserved: Double) {
    self.limiter = limiter
    self.reserved = reserved
  }

  /// The call was made and used so many tokens.
  func settle(tokens: Int) { limiter.settle(reserved: reserved, used: Double(tokens)) }

  /// The call was not made.
  func giveBack() { limiter.giveBack(reserved) }
}
