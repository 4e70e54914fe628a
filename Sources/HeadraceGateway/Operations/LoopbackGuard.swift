internal import HeadraceHTTPServer

/// Keeps pages of other sites out while nobody has to say who they are: a browser on this machine would carry their
/// requests to loopback. The name a request is addressed to must be loopback's (a site cannot then rebind a name of its
/// own), and so must be the origin where a browser tells it.
struct LoopbackGuard: Sendable {
  let allowedHosts: [String]

  init(allowedHosts: [String]) { self.allowedHosts = allowedHosts.map { $0.lowercased() } }

  func check(_ request: HTTPRequest) throws {
    if let host = request.headers["host"], !host.isEmpty, !isAllowed(authority: host) {
      throw GatewayProblem.foreignOrigin.error("The gateway is not known as \(host).")
    }
    if let origin = request.headers["origin"] {
      guard let host = Self.authority(ofOrigin: origin), isAllowed(authority: host) else {
        throw GatewayProblem.foreignOrigin.error("Requests from pages of \(origin) are not taken.")
      }
    }
  }

  private func isAllowed(authority: String) -> Bool {
    let host = Self.host(of: authority.lowercased())
    return host == "localhost" || Self.isLoopback(host) || allowedHosts.contains(host)
  }

  /// What stands behind `http://` or `https://`; `nil` for the opaque origin.
  private static func authority(ofOrigin origin: String) -> String? {
    for scheme in ["http://", "https://"] where origin.lowercased().hasPrefix(scheme) {
      return String(origin.dropFirst(scheme.count))
    }
    return nil
  }

  /// Without the port, and without the brackets of an IPv6 address.
  private static func host(of authority: String) -> String {
    if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
    return String(authority.prefix { $0 != ":" })
  }

  /// Whether a numeric address is loopback's.
  static func isLoopback(_ host: String) -> Bool {
    if host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil }
  }
}
