/// An upload that the log has acknowledged.
public struct DocumentAcceptance: Sendable, Hashable {
  /// The document.
  public let document: DocumentResource
  /// True when the same upload (same idempotency key, same bytes) was accepted before: this is its first answer.
  public let isRepeat: Bool
}
