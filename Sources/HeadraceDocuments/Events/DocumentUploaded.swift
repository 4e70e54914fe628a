/// A document has arrived: the data of `headrace.document.uploaded.v1` in `document.uploads`.
public struct DocumentUploaded: PlatformEvent, Hashable {
  /// `headrace.document.uploaded.v1`
  public static let eventType = "headrace.document.uploaded.v1"

  /// The most bytes of text that travel in the event itself: 64 KiB.
  public static let maximumInlineBytes = 64 << 10

  /// The document.
  public var documentID: DocumentID
  /// Whose it is.
  public var tenant: String
  /// Its name as uploaded, such as `report.pdf`.
  public var name: String
  /// Its media type as declared, without parameters.
  public var contentType: String
  /// Its length in bytes.
  public var size: Int64
  /// SHA-256 of its bytes, in hexadecimal.
  public var sha256: String
  /// Its language as declared (BCP 47).
  public var language: String?
  /// Its character encoding as declared.
  public var charset: String?
  /// What the caller attached.
  public var metadata: [String: String]?
  /// SHA-256 of tenant and idempotency key, in hexadecimal.
  public var idempotencyKeyHash: String?
  /// The content itself, when it is UTF-8 text of up to ``maximumInlineBytes``.
  public var text: String?
  /// Where the content is otherwise: `blob:sha256/<hex>`.
  public var dataref: String?

  enum CodingKeys: String, CodingKey {
    case documentID = "documentId"
    case tenant, name, contentType, size, sha256, language, charset, metadata, idempotencyKeyHash, text, dataref
  }

  /// A document that has arrived.
  public init(
    documentID: DocumentID, tenant: String, name: String, contentType: String, size: Int64, sha256: String,
    language: String? = nil, charset: String? = nil, metadata: [String: String]? = nil,
    idempotencyKeyHash: String? = nil, text: String? = nil, dataref: String? = nil
  ) {
    self.documentID = documentID
    self.tenant = tenant
    self.name = name
    self.contentType = contentType
    self.size = size
    self.sha256 = sha256
    self.language = language
    self.charset = charset
    self.metadata = metadata
    self.idempotencyKeyHash = idempotencyKeyHash
    self.text = text
    self.dataref = dataref
  }
}
