/// A document's text, and all that was decided on the way to it.
public struct ExtractedDocument: Sendable {
  /// What the document is.
  public var type: DocumentType
  /// The rule that decided so.
  public var rule: TypeRule
  /// The type its sender declared, without parameters.
  public var declaredType: String?
  /// The type its name means, by the extension.
  public var nameType: String?
  /// The encoding that the text was read from (`UTF-8`, `windows-1252`, `CP932`, …); `UTF-8` for formats that carry
  /// Unicode by themselves.
  public var encoding: String
  /// The language in BCP 47: as declared, else as found; `und` where the text does not tell.
  public var language: String
  /// The languages found with at least a fifth of the text each, largest first.
  public var languages: [LanguageShare]
  /// The title that the document carries.
  public var title: String?
  /// The author that the document carries.
  public var author: String?
  /// When it was made, as the document says: RFC 3339 wherever it could be understood.
  public var created: String?
  /// Pages, slides or sheets, where the format has them.
  public var pages: Int?
  /// Unicode scalars of `text`.
  public var characters: Int
  /// The text as a model reads it.
  public var text: String
  /// Where the stretches of `text` come from, in order.
  public var positions: [TextPosition]
  /// The limits in force.
  public var limits: LimitsApplied
  /// How long it took, in milliseconds.
  public var milliseconds: Double
  /// Whether `text` is the content byte for byte, so that the content itself can stand for it.
  public var textIsContent: Bool
}
