/// A stretch of a document that is given to a model by itself.
public struct Chunk: Sendable, Hashable {
  /// Its place among the chunks, from 0.
  public var index: Int
  /// The text, with what it repeats of the chunk before.
  public var text: String
  /// Where it begins in the document's text, in Unicode scalars.
  public var start: Int
  /// Where it ends, in Unicode scalars.
  public var end: Int
  /// How many Unicode scalars at its beginning repeat the end of the chunk before.
  public var overlap: Int
  /// Its tokens, estimated.
  public var tokens: Int
  /// The pages, slides, sheets or sections it touches, cut to it; offsets are the document's.
  public var positions: [TextPosition]
}
