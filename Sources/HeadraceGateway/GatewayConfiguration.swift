/// How a gateway listens and what it bounds.
public struct GatewayConfiguration: Sendable {
  /// The address to listen on. Loopback only: there is no authentication yet.
  public var host = "127.0.0.1"
  /// The port; 0 lets the system choose. Default 8080.
  public var port = 8080
  /// Bytes a document may have; more is refused with 413. Default 1 GiB.
  public var maximumDocumentBytes: Int64 = 1 << 30
  /// The longest that `Prefer: wait=N` is granted. Default 60 s: what most proxies wait for.
  public var maximumWait: Duration = .seconds(60)
  /// Requests with a body that are being worked on at a time; more are refused with 503. Default 1,024.
  public var maximumUploads = 1024
  /// Requests that wait for a document at a time; more are answered without waiting. Default 10,000.
  public var maximumWaiters = 10_000
  /// Event streams at a time; more are refused with 503. Default 12,000.
  public var maximumEventStreams = 12_000
  /// Connections at a time; more wait in the kernel's queue. Default 16,384.
  public var maximumConnections = 16_384
  /// Names by which requests may address the gateway beside loopback's own: a page of another site must not reach it
  /// by a name that it controls. Default none.
  public var allowedHosts: [String] = []
  /// How long requests may go on once a shutdown began. Default 10 s.
  public var drainTimeout: Duration = .seconds(10)

  /// A configuration with defaults.
  public init() {}

  /// Finds what a gateway would refuse to start with; does no I/O.
  ///
  /// - Throws: ``GatewayError`` where the address is not loopback's.
  public func validate() throws(GatewayError) {
    guard LoopbackGuard.isLoopback(address) else { throw .notLoopback(host) }
  }

  /// Where to listen: a name that may mean two addresses means the first.
  var address: String { host == "localhost" ? "127.0.0.1" : host }
}
