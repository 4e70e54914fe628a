/// How a child process ended.
package struct ChildOutcome: Sendable {
  /// How the process itself ended.
  package enum Ending: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// Why we ended it, when we did.
  package enum Stop: Sendable, Hashable {
    /// It took too long by the clock.
    case wallClock
    /// It printed more than allowed, or what nobody can read.
    case output
    /// Nobody waits for it any more.
    case cancelled
  }

  package var ending: Ending
  package var stop: Stop?
  /// The beginning of what it complained.
  package var complaints: String
  /// Processor time of it and what it started, in seconds.
  package var cpuSeconds: Double

  /// The signal that ended it, seen through the sandbox too: that exits with 128 and the signal's number.
  package var signal: Int32? {
    switch ending {
    case .signalled(let signal): signal
    case .exited(let code) where code > 128 && code < 128 + 65: code - 128
    case .exited: nil
    }
  }
}
