extension HTTPClient {
  /// How long each stage of an exchange may take. `nil` means no bound of its own.
  ///
  /// Time during which the reader of the body is the slow side (back-pressure) counts for `total` alone.
  public struct Deadlines: Sendable, Hashable {
    /// Name look-up, connection and TLS handshake together. Default 10 s.
    public var connect: Duration?
    /// From the start until the final status and its headers are there. Default 60 s.
    public var firstByte: Duration?
    /// Between two pieces of the response body. Default 60 s.
    public var betweenBytes: Duration?
    /// From the start until the last byte. Default none: the caller's own deadline decides.
    public var total: Duration?

    /// Makes deadlines; every argument has its default.
    public init(
      connect: Duration? = .seconds(10), firstByte: Duration? = .seconds(60), betweenBytes: Duration? = .seconds(60),
      total: Duration? = nil
    ) {
      self.connect = connect
      self.firstByte = firstByte
      self.betweenBytes = betweenBytes
      self.total = total
    }
  }
}
