internal import HeadraceCore

/// One connection with the thread that everything about it happens on.
actor SQLiteWorker {
  private let executor: ThreadExecutor
  private var connection: SQLiteConnection?

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(label: String) {
    executor = ThreadExecutor(name: label)
  }

  func open(path: String, configuration: SQLiteConfiguration, readOnly: Bool) throws {
    connection = try SQLiteConnection(path: path, configuration: configuration, readOnly: readOnly)
  }

  func perform<Result: Sendable>(_ body: @Sendable (SQLiteConnection) throws -> Result) throws -> Result {
    guard let connection else {
      throw SQLiteError(code: .closed, extendedCode: 0, message: "The database has been closed.", statement: nil)
    }
    return try body(connection)
  }

  func close() {
    connection?.close()
    connection = nil
    executor.shutdown()
  }
}
