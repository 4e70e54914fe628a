/// Whether a ``DocumentService`` can do its work, part by part.
public struct DocumentHealth: Sendable, Hashable {
  /// The log, the view and the blob store.
  public var parts: [Part]

  /// True when every part is ready.
  public var isReady: Bool { parts.allSatisfy(\.isReady) }

  /// One part.
  public struct Part: Sendable, Hashable {
    /// `log`, `view` or `blobs`.
    public var name: String
    /// Whether it works.
    public var isReady: Bool
    /// What stands in the way; empty where nothing does.
    public var detail: String
  }
}
