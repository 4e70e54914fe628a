/// What makes two calls the same call: SHA-256 of the request as asked. Never of time, offset or attempt.
public struct CallFingerprint: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The hash.
  public var digest: SHA256.Digest

  /// A fingerprint of a hash made elsewhere.
  public init(digest: SHA256.Digest) { self.digest = digest }

  /// The fingerprint of a request's parts, in their order. Each part is counted with its name and length, so that no
  /// two lists of parts run together into the same bytes.
  public init(parts: [(name: String, value: String)]) {
    var hash = SHA256()
    for part in parts {
      hash.update("\(part.name.utf8.count):\(part.name)=\(part.value.utf8.count):\(part.value);")
    }
    digest = hash.finalize()
  }

  /// 64 hex digits.
  public var description: String { digest.hex }

  /// Reads 64 hex digits.
  public init(from decoder: any Decoder) throws { digest = try SHA256.Digest(from: decoder) }

  /// Writes 64 hex digits.
  public func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }
}
