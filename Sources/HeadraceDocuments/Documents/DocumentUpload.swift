public import HeadraceCore

/// What a caller says of the document that it uploads.
public struct DocumentUpload: Sendable {
  /// Its name, such as `report.pdf`. Folders before it are cut off; it is bounded to 512 bytes.
  public var name: String
  /// Its media type, without parameters.
  public var contentType: String
  /// Whose it is.
  public var tenant = "default"
  /// Its character encoding, where it is known.
  public var charset: String?
  /// Its language (BCP 47), where it is known.
  public var language: String?
  /// What the caller wants to find again beside it.
  public var metadata: [String: String] = [:]
  /// The caller's name for this attempt: sent twice it makes one document.
  public var idempotencyKey: String?
  /// What the bytes' SHA-256 must be.
  public var expectedSHA256: SHA256.Digest?
  /// The most bytes it may have. Default 1 GiB.
  public var maximumSize: Int64 = 1 << 30
  /// The trace that the upload belongs to, as a `traceparent` header has it.
  public var traceparent: String?
  /// An identity that the caller follows through all events.
  public var correlationID: String?

  /// A document to upload.
  public init(name: String, contentType: String) {
    self.name = name
    self.contentType = contentType
  }
}
