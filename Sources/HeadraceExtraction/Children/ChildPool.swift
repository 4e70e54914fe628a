internal import Synchronization

/// Keeps the number of children within its bound. Callers wait in order; each holds its own place, so that the queue is as
/// long as there are callers.
package final class ChildPool: Sendable {
  private struct State {
    var decisions: ChildPoolState
    var nextID = 0
    var continuations: [Int: CheckedContinuation<Bool, Never>] = [:]
    var abandoned: Set<Int> = []
  }

  private let state: Mutex<State>

  /// At most `capacity` at once.
  package init(capacity: Int) {
    state = Mutex(State(decisions: ChildPoolState(capacity: capacity)))
  }

  /// Runs `body` when it is its turn; the second value tells whether no other ran meanwhile. Throws `CancellationError` when
  /// cancelled while it waits.
  package func withPlace<Result: Sendable>(
    alone: Bool = false, _ body: () async throws -> Result
  ) async throws -> (Result, wasAlone: Bool) {
    let ticket = state.withLock { state in
      state.nextID += 1
      return ChildPoolState.Ticket(id: state.nextID, alone: alone)
    }
    guard await wait(ticket) else { throw CancellationError() }
    do {
      let result = try await body()
      return (result, leave(ticket))
    } catch {
      _ = leave(ticket)
      throw error
    }
  }

  /// How many run and wait now.
  package var load: (running: Int, waiting: Int) {
    state.withLock { ($0.decisions.running.count, $0.decisions.waiting.count) }
  }

  private func wait(_ ticket: ChildPoolState.Ticket) async -> Bool {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          // Cancelled before it even asked.
          if state.abandoned.remove(ticket.id) != nil { return false }
          if state.decisions.ask(ticket) { return true }
          state.continuations[ticket.id] = continuation
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      abandon(ticket)
    }
  }

  private func abandon(_ ticket: ChildPoolState.Ticket) {
    let resumed: [(CheckedContinuation<Bool, Never>, Bool)] = state.withLock { state in
      guard let continuation = state.continuations.removeValue(forKey: ticket.id) else {
        // Either it has not asked yet, or it runs: then its own child is told.
        if !state.decisions.running.contains(ticket.id) { state.abandoned.insert(ticket.id) }
        return []
      }
      let next = state.decisions.abandon(ticket.id) ?? []
      return [(continuation, false)]
        + next.compactMap { state.continuations.removeValue(forKey: $0.id) }.map { ($0, true) }
    }
    for (continuation, granted) in resumed { continuation.resume(returning: granted) }
  }

  private func leave(_ ticket: ChildPoolState.Ticket) -> Bool {
    let (resumed, wasAlone) = state.withLock { state in
      let (next, wasAlone) = state.decisions.leave(ticket.id)
      state.abandoned.remove(ticket.id)
      return (next.compactMap { state.continuations.removeValue(forKey: $0.id) }, wasAlone)
    }
    for continuation in resumed { continuation.resume(returning: true) }
    return wasAlone
  }
}
