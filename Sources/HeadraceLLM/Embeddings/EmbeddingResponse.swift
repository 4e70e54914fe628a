public import HeadraceCore

/// Vectors, one for each text, in the texts' order.
public struct EmbeddingResponse: Sendable, Hashable, Codable {
  /// The vectors.
  public var vectors: [[Float]]
  /// Tokens and money, over all attempts.
  public var usage: CallUsage
  /// The provider that served it.
  public var provider: String
  /// The model as the provider names it.
  public var model: String
  /// Time of the attempt that succeeded.
  public var milliseconds: Int
  /// Attempts made.
  public var attempts: Int
  /// Version of the price table.
  public var priceTable: String
  /// Whether it was paid for earlier and came from the journal.
  public var isFromJournal = false
}
