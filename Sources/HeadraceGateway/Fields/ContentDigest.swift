internal import FoundationEssentials
internal import HeadraceHTTPServer

/// `Content-Digest` and `Repr-Digest` (RFC 9530), of which SHA-256 is checked.
enum ContentDigest {
  enum Outcome: Sendable, Hashable {
    /// No digest that could be checked was sent.
    case none
    case sha256([UInt8])
    case malformed
  }

  static func read(_ headers: HTTPHeaders, _ name: String = "content-digest") -> Outcome {
    for member in headers.list(name) {
      let parts = member.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingSpace.lowercased() == "sha-256" else { continue }
      let value = parts[1].trimmingSpace
      guard value.count > 2, value.first == ":", value.last == ":",
        let data = Data(base64Encoded: String(value.dropFirst().dropLast())), data.count == 32
      else { return .malformed }
      return .sha256(Array(data))
    }
    return .none
  }

  static func write(_ sha256: [UInt8]) -> String { "sha-256=:\(Data(sha256).base64EncodedString()):" }
}
