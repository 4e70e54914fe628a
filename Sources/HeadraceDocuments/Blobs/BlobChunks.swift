/// The bytes of a blob or of inline content, in pieces of up to 256 KiB. Read once, by one task; the source is closed at
/// the end or when the iterator goes away.
public struct BlobChunks: AsyncSequence, Sendable {
  /// A piece of the content.
  public typealias Element = [UInt8]

  private let source: any BlobChunkSource

  init(_ source: any BlobChunkSource) {
    self.source = source
  }

  /// Content that is in memory.
  init(bytes: [UInt8]) {
    source = MemoryChunkSource(bytes)
  }

  /// Begins to read.
  public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

  /// All bytes at once.
  ///
  /// - Parameter limit: The most bytes to hold in memory.
  /// - Throws: ``BlobError`` when there are more, or what the store throws.
  public func collect(upTo limit: Int) async throws -> [UInt8] {
    var all: [UInt8] = []
    for try await chunk in self {
      guard all.count + chunk.count <= limit else { throw BlobError(.unavailable, "More than \(limit) bytes.") }
      all += chunk
    }
    return all
  }

  /// Reads piece by piece.
  public struct Iterator: AsyncIteratorProtocol {
    private let source: any BlobChunkSource

    fileprivate init(source: any BlobChunkSource) {
      self.source = source
    }

    /// The next piece; nil at the end.
    public mutating func next() async throws -> [UInt8]? { try await source.next() }
  }
}

/// Where pieces come from. `next` is called by one task at a time; what is open is closed at its end and in `deinit`.
protocol BlobChunkSource: AnyObject, Sendable {
  func next() async throws -> [UInt8]?
}

/// Content in memory, given out in one piece.
private actor MemoryChunkSource: BlobChunkSource {
  private var bytes: [UInt8]?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes.isEmpty ? nil : bytes
  }

  func next() -> [UInt8]? { bytes.take() }
}
