/// Which documents a listing shows.
public struct DocumentQuery: Sendable, Hashable {
  /// Only those of a tenant.
  public var tenant: String?
  /// Only those in a state. Deleted ones are never listed.
  public var state: DocumentState?
  /// The most on a page, 1 to 500. Default 50.
  public var limit = 50
  /// Where the page begins: ``DocumentPage/next`` of the one before.
  public var cursor: String?
  /// The order, by the time at which the log took the uploads.
  public var order = Order.newestFirst

  /// The order of a listing.
  public enum Order: String, Sendable, Hashable {
    /// The latest upload first.
    case newestFirst
    /// The earliest upload first.
    case oldestFirst
  }

  /// All documents, the latest first.
  public init() {}
}
