/// How a server listens and what it bounds.
public struct HTTPServerConfiguration: Sendable {
  /// Where requests are handled.
  public enum Handlers: Sendable, Hashable {
    /// On the cooperative pool, as tasks are by default.
    case pool
    /// On the loop's own thread, between its sockets: no hand-over between threads for handlers that mostly wait.
    /// They must never compute for long; what they await on other executors does not matter.
    case loop
  }

  /// The address to listen on: IPv4 or IPv6, numeric. Loopback by default.
  public var host: String
  /// The port; 0 lets the system choose.
  public var port: Int
  /// Connections at a time; more wait in the kernel's queue. 16,384 by default, less where the limit on open files
  /// is lower.
  public var connections: Int
  /// Bytes of a request's body that wait for a handler before the socket is no longer read. 256 KiB by default.
  public var bodyBuffer: Int
  /// Bytes of a request's head; more is refused with 431. 16 KiB by default.
  public var headLimit: Int
  /// Bytes of a request's target; more is refused with 414. 8 KiB by default.
  public var targetLimit: Int
  /// Where requests are handled. On the pool by default.
  public var handlers: Handlers
  /// How long a head may take from its first byte. 10 s by default.
  public var headTimeout: Duration
  /// How long a connection may be idle between requests. 60 s by default.
  public var idleTimeout: Duration
  /// The window over which a body must bring 1 KiB a second. 30 s by default.
  public var bodyTimeout: Duration
  /// How long a client may take nothing of what waits for it. 30 s by default.
  public var writeTimeout: Duration
  /// How long requests may go on after a drain began. 10 s by default.
  public var drainTimeout: Duration

  /// A configuration with defaults.
  public init(host: String = "127.0.0.1", port: Int = 0) {
    self.host = host
    self.port = port
    connections = 16_384
    bodyBuffer = 256 << 10
    headLimit = 16 << 10
    targetLimit = 8 << 10
    handlers = .pool
    headTimeout = .seconds(10)
    idleTimeout = .seconds(60)
    bodyTimeout = .seconds(30)
    writeTimeout = .seconds(30)
    drainTimeout = .seconds(10)
  }

  var parserLimits: HTTPRequestParser.Limits {
    var limits = HTTPRequestParser.Limits()
    limits.head = headLimit
    limits.target = targetLimit
    return limits
  }

  var timing: HTTPConnectionMachine.Timing {
    var timing = HTTPConnectionMachine.Timing()
    timing.head = UInt64(headTimeout.wholeMilliseconds)
    timing.idle = UInt64(idleTimeout.wholeMilliseconds)
    timing.bodyWindow = UInt64(bodyTimeout.wholeMilliseconds)
    timing.bodyBytes = Int(timing.bodyWindow) * 1024 / 1000
    return timing
  }

  var writeStallMilliseconds: UInt64 { UInt64(writeTimeout.wholeMilliseconds) }
}
