public import HeadraceCore

/// Why a document has no text: one stable word, a sentence for people, and what to do next.
///
/// The extractor has already tried once more where that can help (`timeout`, `memory`, `crashed`): whatever it throws
/// is final, except ``Reason/unavailable``, which is about the machine and not about the document.
public struct ExtractionFailure: ClassifiedError, Sendable, Hashable, CustomStringConvertible {
  /// A stable word for the cause. New words may be added; none changes its meaning.
  public struct Reason: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The word, as events and error pages spell it.
    public var rawValue: String

    /// A reason of this spelling.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Nothing in it: no bytes, or only white space.
    public static let empty = Reason(rawValue: "empty")
    /// A format that is not read.
    public static let unsupportedType = Reason(rawValue: "unsupported_type")
    /// Locked with a password.
    public static let encrypted = Reason(rawValue: "encrypted")
    /// Damaged, cut short, or not what it claims to be.
    public static let corrupt = Reason(rawValue: "corrupt")
    /// A PDF of pictures: nothing to read without optical recognition.
    public static let noTextLayer = Reason(rawValue: "no_text_layer")
    /// Text in an encoding that could not be told.
    public static let undecodable = Reason(rawValue: "undecodable")
    /// More than the limits allow: as it came, inflated, or as text.
    public static let tooLarge = Reason(rawValue: "too_large")
    /// The reader ran out of time.
    public static let timeout = Reason(rawValue: "timeout")
    /// The reader ran out of memory.
    public static let memory = Reason(rawValue: "memory")
    /// The reader died.
    public static let crashed = Reason(rawValue: "crashed")
    /// The file could not be opened.
    public static let unreadable = Reason(rawValue: "unreadable")
    /// The program that reads such documents could not be started.
    public static let unavailable = Reason(rawValue: "unavailable")

    /// The word.
    public var description: String { rawValue }

    /// Whether another attempt, alone on the machine, could end otherwise.
    package var deservesAnotherAttempt: Bool { self == .timeout || self == .memory || self == .crashed }
  }

  /// The stable word, as a value.
  public var cause: Reason
  /// One short sentence for people.
  public var title: String
  /// What was seen, and what to do next.
  public var detail: String
  /// Whether another attempt is pointless.
  public var isFinal: Bool
  /// What was known by then: type, rule, encoding.
  public var findings: ExtractionFindings?

  /// A failure for `cause`; its title is the house's sentence for that cause.
  public init(_ cause: Reason, detail: String, isFinal: Bool = true, findings: ExtractionFindings? = nil) {
    self.cause = cause
    self.title = Self.title(of: cause)
    self.detail = detail
    self.isFinal = isFinal
    self.findings = findings
  }

  /// The stable word of `cause`.
  public var reason: String { cause.rawValue }
  /// `content`: the document is the cause, and no other attempt helps; `configuration` when the
  /// helper or the file is missing.
  public var failureClass: FailureClass { cause == .unavailable || cause == .unreadable ? .configuration : .content }
  /// Never asked for.
  public var retryAfter: Duration? { nil }
  /// The word, the sentence and the detail.
  public var description: String { "\(reason): \(title) \(detail)" }

  private static func title(of cause: Reason) -> String {
    switch cause {
    case .empty: "The document has no text."
    case .unsupportedType: "Documents of this type are not read."
    case .encrypted: "The document is locked with a password."
    case .corrupt: "The document is damaged."
    case .noTextLayer: "The PDF holds pictures of text, not text."
    case .undecodable: "The encoding of the text could not be told."
    case .tooLarge: "The document is larger than the limits allow."
    case .timeout: "Reading the document took too long."
    case .memory: "Reading the document took too much memory."
    case .crashed: "The reader of this format failed on the document."
    case .unreadable: "The file could not be opened."
    case .unavailable: "The program that reads such documents could not be started."
    default: "The document could not be read."
    }
  }
}
