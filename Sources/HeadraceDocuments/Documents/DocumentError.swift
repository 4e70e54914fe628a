public import HeadraceCore

/// Why something asked of a document can't be done.
public struct DocumentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of error.
  public let code: Code
  /// What happened, in a sentence.
  public let message: String

  /// A kind of error. More kinds may come.
  public struct Code: RawRepresentable, Hashable, Sendable {
    /// A stable word.
    public let rawValue: String

    /// A kind by its stable word.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// There is no such document.
    public static let notFound = Code(rawValue: "document_not_found")
    /// The document was deleted.
    public static let deleted = Code(rawValue: "document_deleted")
    /// The idempotency key was used for other bytes.
    public static let idempotencyConflict = Code(rawValue: "idempotency_conflict")
    /// The document has more bytes than allowed.
    public static let tooLarge = Code(rawValue: "document_too_large")
    /// The bytes have another SHA-256 than announced.
    public static let digestMismatch = Code(rawValue: "digest_mismatch")
    /// A cursor is none of ours.
    public static let invalidCursor = Code(rawValue: "invalid_cursor")
    /// Something that the caller says of the document cannot be taken.
    public static let invalidUpload = Code(rawValue: "invalid_upload")
    /// No space is left for content, or for the log.
    public static let storageFull = Code(rawValue: "storage_full")
    /// The blob store does not answer or refuses us.
    public static let storageUnavailable = Code(rawValue: "storage_unavailable")
    /// The log does not answer, or has not acknowledged the record: nothing was promised.
    public static let logUnavailable = Code(rawValue: "log_unavailable")
    /// The view has not come far enough within its time.
    public static let viewBehind = Code(rawValue: "view_behind")
    /// The text is not there yet.
    public static let textNotReady = Code(rawValue: "text_not_ready")
    /// No text could be extracted.
    public static let textUnavailable = Code(rawValue: "text_unavailable")
    /// The bytes are no longer there.
    public static let contentUnavailable = Code(rawValue: "content_unavailable")
    /// The part asked for lies outside the content.
    public static let rangeUnsatisfiable = Code(rawValue: "range_unsatisfiable")
  }

  /// An error.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}

extension DocumentError: ClassifiedError {
  /// What passes by itself is transient; everything else is the caller's.
  public var failureClass: FailureClass {
    switch code {
    case .storageFull, .storageUnavailable, .logUnavailable, .viewBehind, .textNotReady: .transient
    default: .content
    }
  }

  /// A second where it passes by itself.
  public var retryAfter: Duration? { failureClass == .transient ? .seconds(1) : nil }

  /// The code's stable word.
  public var reason: String { code.rawValue }

  /// The message.
  public var detail: String { message }
}
