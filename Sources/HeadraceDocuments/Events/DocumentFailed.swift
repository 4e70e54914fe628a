/// A document could not be enriched: the data of `headrace.document.failed.v1` in `document.metadata`.
///
/// It becomes visible together with the dead letter.
public struct DocumentFailed: PlatformEvent, Hashable {
  /// `headrace.document.failed.v1`
  public static let eventType = "headrace.document.failed.v1"

  /// The document.
  public var documentID: DocumentID
  /// Its name as uploaded; empty where the upload's event could not be read.
  public var name: String
  /// Why.
  public var error: DocumentFailure
  /// Attempts made.
  public var attempts: Int
  /// How its bytes became text, where they did.
  public var extraction: ExtractionFacts?
  /// Who tried.
  public var provenance: Provenance

  enum CodingKeys: String, CodingKey {
    case documentID = "documentId"
    case name, error, attempts, extraction, provenance
  }

  /// A document that could not be enriched.
  public init(
    documentID: DocumentID, name: String, error: DocumentFailure, attempts: Int, extraction: ExtractionFacts? = nil,
    provenance: Provenance
  ) {
    self.documentID = documentID
    self.name = name
    self.error = error
    self.attempts = attempts
    self.extraction = extraction
    self.provenance = provenance
  }
}
