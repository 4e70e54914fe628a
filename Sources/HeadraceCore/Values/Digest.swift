extension SHA256 {
  /// 32 bytes that stand for a content.
  public struct Digest: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// A digest of 32 bytes.
    public init(bytes: [UInt8]) {
      precondition(bytes.count == 32, "a SHA-256 digest has 32 bytes")
      self.bytes = bytes
    }

    /// Reads 64 hex digits; nil when `hex` is anything else.
    public init?(hex: some StringProtocol) {
      guard let bytes = [UInt8](hex: hex), bytes.count == 32 else { return nil }
      self.bytes = bytes
    }

    /// 64 lowercase hex digits.
    public var hex: String { bytes.hex }

    /// 64 lowercase hex digits.
    public var description: String { hex }

    /// Reads 64 hex digits.
    public init(from decoder: any Decoder) throws {
      let text = try decoder.singleValueContainer().decode(String.self)
      guard let digest = Self(hex: text) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "a SHA-256 digest is 64 hex digits, not \"\(text)\""))
      }
      self = digest
    }

    /// Writes 64 hex digits.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(hex)
    }
  }
}
