public import HeadraceCore

/// What went wrong with a blob.
public struct BlobError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of error.
  public let code: Code
  /// What happened.
  public let message: String

  /// A kind of error. More kinds may come.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// A stable word.
    public let rawValue: String

    /// A kind by its stable word.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// There is no such blob.
    public static let notFound = Code(rawValue: "blob_not_found")
    /// The bytes have another SHA-256 than announced.
    public static let digestMismatch = Code(rawValue: "blob_digest_mismatch")
    /// No space is left.
    public static let full = Code(rawValue: "blob_store_full")
    /// The store does not answer, or the disk refuses.
    public static let unavailable = Code(rawValue: "blob_store_unavailable")
    /// The store refuses us: credentials, permissions, bucket.
    public static let refused = Code(rawValue: "blob_store_refused")
  }

  /// An error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

extension BlobError: ClassifiedError {
  /// A missing blob is a fault of the document; a refusal waits for the operator; the rest passes.
  public var failureClass: FailureClass {
    switch code {
    case .notFound, .digestMismatch: .content
    case .refused: .configuration
    default: .transient
    }
  }

  /// The code's stable word.
  public var reason: String { code.rawValue }
}
