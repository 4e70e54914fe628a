public import HeadraceCore

/// A blob by its content: `blob:sha256/<hex>`.
public struct BlobReference: Sendable, Hashable, CustomStringConvertible {
  /// SHA-256 of the bytes.
  public let digest: SHA256.Digest

  /// The blob with this digest.
  public init(digest: SHA256.Digest) {
    self.digest = digest
  }

  /// Reads `blob:sha256/<hex>`.
  public init?(_ text: String) {
    guard text.hasPrefix(Self.prefix), let digest = SHA256.Digest(hex: text.dropFirst(Self.prefix.count)) else {
      return nil
    }
    self.digest = digest
  }

  /// `blob:sha256/<hex>`
  public var description: String { Self.prefix + digest.hex }

  private static let prefix = "blob:sha256/"
}
