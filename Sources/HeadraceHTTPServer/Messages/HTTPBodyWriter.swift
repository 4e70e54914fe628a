import Synchronization

/// Writes a body while it is being sent. Use it from the closure that got it; it keeps order.
public final class HTTPBodyWriter: Sendable {
  /// What a writer asks of the connection, from any thread.
  enum Request: Sendable {
    case write([UInt8])
    case abort
    case cut
  }

  private struct State {
    /// Bytes handed over that the kernel has not taken.
    var pending = 0
    var closed: HTTPConnectionClosed?
    var waiter: CheckedContinuation<Void, any Error>?
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let submit: @Sendable (Request) -> Void

  init(capacity: Int, submit: @escaping @Sendable (Request) -> Void) {
    self.capacity = capacity
    self.submit = submit
  }

  /// Sends bytes and waits while more than 64 KiB have not been taken by the network.
  ///
  /// Throws `HTTPConnectionClosed` when the connection has ended, `CancellationError` when the task was cancelled.
  public func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    try Task.checkCancellation()
    let mustWait = try state.withLock { state in
      if let closed = state.closed { throw closed }
      state.pending += bytes.count
      return state.pending > capacity
    }
    submit(.write(bytes))
    if mustWait { try await room() }
  }

  /// Ends the connection at once with a reset, as a broken network would.
  public func abort() { submit(.abort) }

  func writeOrCut(_ bytes: [UInt8]) throws {
    let fits = try state.withLock { state in
      if let closed = state.closed { throw closed }
      guard state.pending + bytes.count <= capacity || state.pending == 0 else { return false }
      state.pending += bytes.count
      return true
    }
    guard fits else {
      submit(.cut)
      throw HTTPConnectionClosed(cause: .slowClient)
    }
    submit(.write(bytes))
  }

  private func room() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<Void, any Error>? in
          if let closed = state.closed { return .failure(closed) }
          if state.pending <= capacity / 2 { return .success(()) }
          if Task.isCancelled { return .failure(CancellationError()) }
          precondition(state.waiter == nil, "a body has one writer")
          state.waiter = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      takeWaiter()?.resume(throwing: CancellationError())
    }
  }

  private func takeWaiter() -> CheckedContinuation<Void, any Error>? {
    state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
  }

  /// The network took bytes.
  func wrote(_ count: Int) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      state.pending -= count
      guard state.pending <= capacity / 2 else { return nil }
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// The connection has ended.
  func close(_ error: HTTPConnectionClosed) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      state.closed = state.closed ?? error
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(throwing: error)
  }
}
