/// A document's bytes, or its text.
public struct DocumentContent: Sendable {
  /// The media type: as declared for the bytes, `text/plain; charset=utf-8` for the text.
  public let contentType: String
  /// The document's name.
  public let name: String
  /// The length of the whole in bytes.
  public let size: Int64
  /// SHA-256 of the whole, in hexadecimal.
  public let sha256: String
  /// The part that ``chunks`` gives.
  public let range: Range<Int64>
  /// The bytes, piece by piece. Read them once.
  public let chunks: BlobChunks
}
