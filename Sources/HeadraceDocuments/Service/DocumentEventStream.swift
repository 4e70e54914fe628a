/// What has happened to a document, then what happens, until it is finished.
///
/// Events are pulled: nothing grows for a slow reader. Cancelling ``Iterator/next()`` loses nothing. The stream ends
/// after `headrace.document.enriched.v1`, `headrace.document.failed.v1` or `headrace.document.deleted.v1`; one that
/// begins after that ends at once.
public struct DocumentEventStream: AsyncSequence, Sendable {
  /// An event.
  public typealias Element = DocumentEvent

  private let reader: DocumentEventReader

  init(reader: DocumentEventReader) {
    self.reader = reader
  }

  /// Begins to read. There is one reader.
  public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

  /// Where to resume after the last event that was given out.
  public var cursor: String { get async { await reader.cursor.text } }

  /// Reads event by event.
  public struct Iterator: AsyncIteratorProtocol, Sendable {
    private let reader: DocumentEventReader

    fileprivate init(reader: DocumentEventReader) {
      self.reader = reader
    }

    /// The next event; nil when the document is finished.
    public mutating func next() async throws -> DocumentEvent? { try await reader.next() }
  }
}
