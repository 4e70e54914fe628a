/// How a document's bytes became text.
public struct ExtractionFacts: Sendable, Hashable, Codable {
  /// The rule that decided the type: `signature`, `declared`, `name`, …
  public var rule: String
  /// The media type that the caller declared.
  public var declaredType: String
  /// The media type that the name suggests; empty where it suggests none.
  public var nameType: String
  /// The character encoding that was found.
  public var encoding: String
  /// Pages, where the format has them.
  public var pages: Int?
  /// Characters of text.
  public var characters: Int
  /// The author that the document names.
  public var author: String?
  /// When the document says that it was made.
  public var created: String?
  /// The extracted text: `blob:sha256/<hex>`. Absent where the content itself is the text.
  public var textRef: String?
  /// What was not read of a document too long, and why.
  public var leftOut: String?
  /// Time taken.
  public var milliseconds: Int

  /// How a document's bytes became text.
  public init(
    rule: String, declaredType: String, nameType: String, encoding: String, pages: Int? = nil, characters: Int,
    author: String? = nil, created: String? = nil, textRef: String? = nil, leftOut: String? = nil, milliseconds: Int
  ) {
    self.rule = rule
    self.declaredType = declaredType
    self.nameType = nameType
    self.encoding = encoding
    self.pages = pages
    self.characters = characters
    self.author = author
    self.created = created
    self.textRef = textRef
    self.leftOut = leftOut
    self.milliseconds = milliseconds
  }
}
