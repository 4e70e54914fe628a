extension HTTPClient {
  /// What all exchanges of a client share. Works as it is.
  public struct Configuration: Sendable {
    /// Connections to one host, 1 …; further requests wait in libcurl. Default 1,024.
    public var maximumConnectionsPerHost: Int
    /// Idle connections that are kept. Default 256.
    public var maximumIdleConnections: Int
    /// HTTP/2 where TLS negotiates it. Default true.
    public var allowsHTTP2: Bool
    /// A proxy's URL; `nil` takes it from the environment, the empty string uses none.
    public var proxy: String?
    /// A PEM file of certificate authorities; `nil` takes the system's.
    public var certificateAuthorities: String?
    /// Sent as `user-agent`.
    public var userAgent: String
    /// Name of the thread, at most 15 bytes.
    public var threadName: String

    /// Makes a configuration; every argument has its default.
    public init(
      maximumConnectionsPerHost: Int = 1_024, maximumIdleConnections: Int = 256, allowsHTTP2: Bool = true,
      proxy: String? = nil, certificateAuthorities: String? = nil, userAgent: String = "headrace",
      threadName: String = "headrace-http"
    ) {
      self.maximumConnectionsPerHost = maximumConnectionsPerHost
      self.maximumIdleConnections = maximumIdleConnections
      self.allowsHTTP2 = allowsHTTP2
      self.proxy = proxy
      self.certificateAuthorities = certificateAuthorities
      self.userAgent = userAgent
      self.threadName = threadName
    }
  }
}
