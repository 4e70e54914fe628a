internal import Synchronization

/// Waits that end all at once when the client stops: nobody who only waits should keep a process from ending.
final class EndableWaits: Sendable {
  private struct State {
    var isEnded = false
    var nextID = 0
    var sleeps: [Int: Task<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  static let stopping = LLMError(.stopping, "this client stops, and the call would only have waited")

  /// Sleeps.
  ///
  /// - Throws: ``LLMError`` `stopping` when the waits have been ended, now or before; `CancellationError`.
  func sleep(for duration: Duration) async throws {
    let sleep = Task { _ = try? await Task.sleep(for: duration) }
    let id = state.withLock { state -> Int? in
      guard !state.isEnded else { return nil }
      state.nextID += 1
      state.sleeps[state.nextID] = sleep
      return state.nextID
    }
    guard let id else {
      sleep.cancel()
      throw Self.stopping
    }
    await withTaskCancellationHandler {
      await sleep.value
    } onCancel: {
      sleep.cancel()
    }
    let isEnded = state.withLock { state in
      state.sleeps[id] = nil
      return state.isEnded
    }
    try Task.checkCancellation()
    if isEnded { throw Self.stopping }
  }

  /// Ends all of them, and every later one at its beginning.
  func end() {
    let sleeps = state.withLock { state in
      state.isEnded = true
      defer { state.sleeps = [:] }
      return state.sleeps.values
    }
    for sleep in sleeps { sleep.cancel() }
  }
}
