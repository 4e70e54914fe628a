import Synchronization

/// Carries a body from the loop's thread to the handler's task, with a bound.
final class RequestBodyChannel: Sendable {
  private struct State {
    var buffer: [UInt8] = []
    var end: Result<Void, any Error>?
    var waiter: CheckedContinuation<[UInt8]?, any Error>?
    var wasFull = false
    var wasWanted = false
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let onWanted: @Sendable () -> Void
  private let onRoom: @Sendable () -> Void

  /// - Parameters:
  ///   - capacity: bytes that may wait; `push` says when they do.
  ///   - onWanted: called once, by the reader, when it first asks.
  ///   - onRoom: called by the reader when it emptied a channel that was full.
  init(capacity: Int, onWanted: @escaping @Sendable () -> Void, onRoom: @escaping @Sendable () -> Void) {
    self.capacity = capacity
    self.onWanted = onWanted
    self.onRoom = onRoom
  }

  /// Adds a slice. Returns `false` when the writer should stop until `onRoom`.
  func push(_ bytes: [UInt8]) -> Bool {
    let (waiter, hasRoom) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
      guard state.end == nil else { return (nil, true) }
      if let waiter = state.waiter {
        state.waiter = nil
        return (waiter, true)
      }
      if state.buffer.isEmpty { state.buffer = bytes } else { state.buffer += bytes }
      state.wasFull = state.buffer.count >= capacity
      return (nil, !state.wasFull)
    }
    waiter?.resume(returning: bytes)
    return hasRoom
  }

  /// The body is whole.
  func finish() { end(.success(())) }

  /// The body will never be whole. What waits is still delivered when the reason is a refusal of the client's own
  /// making; a handler that is not reading learns it at its next read.
  func fail(_ error: any Error) { end(.failure(error)) }

  private func end(_ result: Result<Void, any Error>) {
    let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      guard state.end == nil else { return nil }
      state.end = result
      if case .failure = result { state.buffer = [] }
      defer { state.waiter = nil }
      return state.waiter
    }
    switch result {
    case .success: waiter?.resume(returning: nil)
    case .failure(let error): waiter?.resume(throwing: error)
    }
  }

  private enum Answer {
    case slice([UInt8], wasFull: Bool)
    case end(Result<Void, any Error>)
    case wait
  }

  /// The next slice, or `nil` at the end. A second reader at the same time is a programmer's error.
  func next() async throws -> [UInt8]? {
    let first = state.withLock { state in
      defer { state.wasWanted = true }
      return !state.wasWanted && state.end == nil
    }
    if first { onWanted() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let answer = state.withLock { state -> Answer in
          if !state.buffer.isEmpty {
            defer {
              state.buffer = []
              state.wasFull = false
            }
            return .slice(state.buffer, wasFull: state.wasFull)
          }
          if let end = state.end { return .end(end) }
          precondition(state.waiter == nil, "a request's body has one reader")
          if Task.isCancelled { return .end(.failure(CancellationError())) }
          state.waiter = continuation
          return .wait
        }
        switch answer {
        case .slice(let bytes, let wasFull):
          if wasFull { onRoom() }
          continuation.resume(returning: bytes)
        case .end(.success): continuation.resume(returning: nil)
        case .end(.failure(let error)): continuation.resume(throwing: error)
        case .wait: break
        }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume(throwing: CancellationError())
    }
  }
}
