import HeadraceCore

/// ``InputLines`` on a thread of its own: reading a terminal or a pipe blocks.
actor BlockingInput {
  private let executor = ThreadExecutor(name: "input")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var lines: InputLines

  init(descriptor: Int32, delimiter: UInt8) {
    lines = InputLines(descriptor: descriptor, delimiter: delimiter)
  }

  /// The records of the next read; nil at the end.
  func next() throws -> [[UInt8]]? { try lines.next() }

  /// Ends the thread.
  nonisolated func end() { executor.shutdown() }
}
