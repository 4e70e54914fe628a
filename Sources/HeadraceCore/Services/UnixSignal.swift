import Dispatch
import Glibc

/// A signal that a process can be asked to end by.
public enum UnixSignal: Sendable, CustomStringConvertible {
  /// SIGTERM: what service managers send.
  case terminate
  /// SIGINT: Ctrl-C.
  case interrupt
  /// SIGHUP: the terminal has gone.
  case hangup

  /// The number of the signal.
  public var number: Int32 {
    switch self {
    case .terminate: SIGTERM
    case .interrupt: SIGINT
    case .hangup: SIGHUP
    }
  }

  /// Its name, e.g. `SIGTERM`.
  public var description: String {
    switch self {
    case .terminate: "SIGTERM"
    case .interrupt: "SIGINT"
    case .hangup: "SIGHUP"
    }
  }
}

/// Signals as a stream, while it lives; afterwards they have their default effect again.
final class UnixSignalStream: @unchecked Sendable {
  // Invariant: `sources` never changes after the initialiser; dispatch sources may be cancelled on any thread.
  let signals: AsyncStream<UnixSignal>
  private let continuation: AsyncStream<UnixSignal>.Continuation
  private let sources: [(UnixSignal, any DispatchSourceSignal)]

  init(_ wanted: [UnixSignal]) {
    let (stream, continuation) = AsyncStream.makeStream(of: UnixSignal.self, bufferingPolicy: .bufferingNewest(4))
    self.signals = stream
    self.continuation = continuation
    self.sources = wanted.map { wanted in
      signal(wanted.number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: wanted.number, queue: .global())
      source.setEventHandler { continuation.yield(wanted) }
      source.resume()
      return (wanted, source)
    }
    if wanted.isEmpty { continuation.finish() }
  }

  func stop() {
    for (wanted, source) in sources {
      source.cancel()
      signal(wanted.number, SIG_DFL)
    }
    continuation.finish()
  }
}
