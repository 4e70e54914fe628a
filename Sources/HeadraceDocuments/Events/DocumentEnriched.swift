/// A document's metadata: the data of `headrace.document.enriched.v1` in `document.metadata`.
public struct DocumentEnriched: PlatformEvent, Hashable {
  /// `headrace.document.enriched.v1`
  public static let eventType = "headrace.document.enriched.v1"

  /// The document.
  public var documentID: DocumentID
  /// Its name as uploaded.
  public var name: String
  /// Its media type as found.
  public var contentType: String
  /// Its length in bytes.
  public var size: Int64
  /// SHA-256 of its bytes, in hexadecimal.
  public var sha256: String
  /// A title, by the model.
  public var title: String
  /// A summary, by the model.
  public var summary: String
  /// Its main language (BCP 47), or `und` where none was recognised. Never the model's opinion.
  public var language: String
  /// Its languages where there are several.
  public var languages: [LanguageShare]?
  /// What kind of document it is, by the model.
  public var category: String
  /// What it is about, by the model.
  public var topics: [String]
  /// Words to find it by, by the model.
  public var keywords: [String]
  /// How its bytes became text.
  public var extraction: ExtractionFacts
  /// Which model said so.
  public var provenance: Provenance

  /// A language's share of a text.
  public struct LanguageShare: Sendable, Hashable, Codable {
    /// The language (BCP 47).
    public var language: String
    /// Its share, 1 to 100.
    public var percent: Int

    /// A language's share of a text.
    public init(language: String, percent: Int) {
      self.language = language
      self.percent = percent
    }
  }

  enum CodingKeys: String, CodingKey {
    case documentID = "documentId"
    case name, contentType, size, sha256, title, summary, language, languages, category, topics, keywords, extraction
    case provenance
  }

  /// A document's metadata.
  public init(
    documentID: DocumentID, name: String, contentType: String, size: Int64, sha256: String, title: String,
    summary: String, language: String, languages: [LanguageShare]? = nil, category: String, topics: [String],
    keywords: [String], extraction: ExtractionFacts, provenance: Provenance
  ) {
    self.documentID = documentID
    self.name = name
    self.contentType = contentType
    self.size = size
    self.sha256 = sha256
    self.title = title
    self.summary = summary
    self.language = language
    self.languages = languages
    self.category = category
    self.topics = topics
    self.keywords = keywords
    self.extraction = extraction
    self.provenance = provenance
  }
}
