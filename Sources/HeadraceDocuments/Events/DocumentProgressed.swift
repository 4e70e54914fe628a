/// The enricher has done a step: the data of `headrace.document.progressed.v1` in `document.progress`.
///
/// Best effort: it is written outside transactions, and a crash may repeat it with the same event id.
public struct DocumentProgressed: PlatformEvent, Hashable {
  /// `headrace.document.progressed.v1`
  public static let eventType = "headrace.document.progressed.v1"

  /// The document.
  public var documentID: DocumentID
  /// The step.
  public var stage: DocumentProgress.Stage
  /// Parts of the step that are done.
  public var done: Int
  /// Parts of the step in all.
  public var total: Int

  enum CodingKeys: String, CodingKey {
    case documentID = "documentId"
    case stage, done, total
  }

  /// A step of the work on a document.
  public init(documentID: DocumentID, progress: DocumentProgress) {
    self.documentID = documentID
    stage = progress.stage
    done = progress.done
    total = progress.total
  }

  /// The step without the document.
  public var progress: DocumentProgress { DocumentProgress(stage: stage, done: done, total: total) }
}
