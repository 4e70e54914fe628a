/// The client has gone, or the server closed the connection: nothing more can be read from it or written to it.
public struct HTTPConnectionClosed: Error, Sendable, Hashable, CustomStringConvertible {
  /// What ended the connection.
  public enum Cause: Sendable, Hashable {
    /// The client closed it or it broke.
    case client
    /// The client was too slow to take what it asked for.
    case slowClient
    /// The server is stopping.
    case shutdown
  }

  /// What ended the connection.
  public let cause: Cause

  /// A sentence for a log.
  public var description: String {
    switch cause {
    case .client: "the client closed the connection"
    case .slowClient: "the client was too slow and was cut"
    case .shutdown: "the server is stopping"
    }
  }
}
