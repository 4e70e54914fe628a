internal import HeadraceCore
internal import Synchronization

/// One thread for the process that looks once a second whether a handler has kept its batch too long. It runs while there are
/// consumers that want it.
///
/// librdkafka notices a handler that passes `max.poll.interval.ms` only by taking the partitions away, and below 2.1.1 any poll of
/// any queue resets its clock; this says so long before.
final class HandlerWatch: Sendable {
  static let shared = HandlerWatch()

  private struct State {
    var checks: [ObjectIdentifier: @Sendable () -> Void] = [:]
    var isRunning = false
  }

  private let state = Mutex(State())
  private let parker = Parker()

  func add(_ owner: AnyObject, _ check: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      state.checks[ObjectIdentifier(owner)] = check
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { OSThread.detached(name: "kafka-watch") { [self] in run() } }
  }

  func remove(_ owner: AnyObject) {
    let isLast = state.withLock { state in
      state.checks[ObjectIdentifier(owner)] = nil
      return state.checks.isEmpty
    }
    if isLast { parker.unpark() }
  }

  private func run() {
    while true {
      let checks = state.withLock { state in
        if state.checks.isEmpty { state.isRunning = false }
        return Array(state.checks.values)
      }
      if checks.isEmpty { return }
      for check in checks { check() }
      _ = parker.park(until: .now + .seconds(1))
    }
  }
}
