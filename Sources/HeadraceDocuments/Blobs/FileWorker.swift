internal import HeadraceCore

/// Runs file work on a thread that may block.
actor FileWorker {
  private let executor: ThreadExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(executor: ThreadExecutor) {
    self.executor = executor
  }

  func perform<Result: Sendable>(_ body: @Sendable () throws -> Result) throws -> Result { try body() }
}
