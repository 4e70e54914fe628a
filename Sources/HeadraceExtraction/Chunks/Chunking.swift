/// A document in chunks, and what did not fit.
public struct Chunking: Sendable, Hashable {
  /// The chunks, in order.
  public var chunks: [Chunk]
  /// What was left out of a document that is too long; nil when nothing was.
  public var leftOut: LeftOut?
  /// The tokens of all chunks together, estimated.
  public var tokens: Int
}

/// What a document lost because it is too long, and why.
public struct LeftOut: Sendable, Hashable, Codable {
  /// How many Unicode scalars.
  public var characters: Int
  /// How many chunks they would have been.
  public var chunks: Int
  /// How many tokens, estimated.
  public var tokens: Int
  /// From where on nothing was taken, in Unicode scalars.
  public var from: Int
  /// The pages, slides, sheets or sections that are missing, whole or in part.
  public var positions: [TextPosition]
  /// A sentence for people.
  public var why: String
}
