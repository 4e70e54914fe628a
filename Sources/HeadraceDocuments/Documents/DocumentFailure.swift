/// Why a document could not be enriched.
public struct DocumentFailure: Sendable, Hashable, Codable {
  /// A stable word, such as `encrypted`; each has a page of its own in the documentation.
  public var reason: String
  /// What happened, in a few words.
  public var title: String
  /// What happened, in a sentence about this document.
  public var detail: String

  /// A failure.
  public init(reason: String, title: String, detail: String) {
    self.reason = reason
    self.title = title
    self.detail = detail
  }
}
