import Synchronization

/// One shutdown that is asked for at most once and that any number of tasks wait for.
final class ShutdownSignal: Sendable {
  @TaskLocal static var current: ShutdownSignal?

  private struct State {
    var isRaised = false
    var nextID = 0
    var handlers: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  var isRaised: Bool { state.withLock { $0.isRaised } }

  /// Runs every handler once, on the calling task; later calls do nothing.
  func raise() {
    let handlers = state.withLock { state -> [@Sendable () -> Void] in
      guard !state.isRaised else { return [] }
      state.isRaised = true
      defer { state.handlers = [:] }
      return state.handlers.sorted { $0.key < $1.key }.map(\.value)
    }
    for handler in handlers { handler() }
  }

  /// Registers `handler`, or runs it at once when the signal is up already.
  func add(_ handler: @escaping @Sendable () -> Void) -> Int? {
    let id = state.withLock { state -> Int? in
      guard !state.isRaised else { return nil }
      state.nextID += 1
      state.handlers[state.nextID] = handler
      return state.nextID
    }
    if id == nil { handler() }
    return id
  }

  func remove(_ id: Int?) {
    guard let id else { return }
    state.withLock { $0.handlers[id] = nil }
  }
}

/// Runs `operation`; when a graceful shutdown is asked for meanwhile (or was before), calls `onGracefulShutdown` once.
///
/// The handler must be quick and must not block: it tells the operation to come to its end. Outside of a
/// ``ServiceGroup`` it is never called.
nonisolated(nonsending) public func withGracefulShutdownHandler<Result>(
  operation: nonisolated(nonsending) () async throws -> Result, onGracefulShutdown: @escaping @Sendable () -> Void
) async rethrows -> Result {
  guard let signal = ShutdownSignal.current else { return try await operation() }
  let id = signal.add(onGracefulShutdown)
  defer { signal.remove(id) }
  return try await operation()
}

/// Returns when a graceful shutdown is asked for.
///
/// - Throws: `CancellationError` when the task is cancelled first.
public func gracefulShutdown() async throws {
  let box = ContinuationBox()
  await withTaskCancellationHandler {
    await withGracefulShutdownHandler {
      await box.wait()
    } onGracefulShutdown: {
      box.open()
    }
  } onCancel: {
    box.open()
  }
  try Task.checkCancellation()
}

/// Runs `operation` and cancels it when a graceful shutdown is asked for: for services that have nothing to finish.
public func cancelOnGracefulShutdown<Result: Sendable>(
  _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  let task = Task { try await operation() }
  return try await withTaskCancellationHandler {
    try await withGracefulShutdownHandler {
      try await task.value
    } onGracefulShutdown: {
      task.cancel()
    }
  } onCancel: {
    task.cancel()
  }
}

/// Whether a graceful shutdown of the current service was asked for.
public var isShuttingDownGracefully: Bool { ShutdownSignal.current?.isRaised ?? false }

/// A gate that one task waits at and that opens once.
final class ContinuationBox: Sendable {
  private struct State {
    var isOpen = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiter = continuation }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.isOpen = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
