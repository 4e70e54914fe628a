/// Why a gateway refuses to start.
public enum GatewayError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The address is not loopback's, and nobody would have to say who they are.
  case notLoopback(String)

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .notLoopback(let host):
      "the gateway has no authentication yet and listens on loopback only; \(host) is not a loopback address"
    }
  }
}
