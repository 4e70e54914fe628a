/// Cuts a text into chunks that a model can take, where a reader would cut it: before a heading, at the end of a page or a
/// paragraph; a sentence, a word or a character only where nothing better is near.
///
///     let chunker = Chunker(maximumTokens: 4000, overlapTokens: 200, maximumChunks: 64)
///     let chunking = chunker.chunk(document)
///     if let lost = chunking.leftOut { print(lost.why) }
///
/// Every scalar of the text that is not left out is in at least one chunk. Pure: the same text gives the same chunks.
public struct Chunker: Sendable {
  /// The most tokens in a chunk, its overlap included.
  public let maximumTokens: Int
  /// How many tokens of the chunk before are repeated; at most a third of `maximumTokens`.
  public let overlapTokens: Int
  /// The most chunks; the rest of the document is left out and said so.
  public let maximumChunks: Int
  /// How tokens are counted.
  public let estimator: TokenEstimator

  /// Chunks of at most `maximumTokens` (at least 16), each repeating `overlapTokens` of the one before.
  public init(
    maximumTokens: Int, overlapTokens: Int = 0, maximumChunks: Int = .max,
    estimator: TokenEstimator = TokenEstimator(model: nil)
  ) {
    self.maximumTokens = max(16, maximumTokens)
    self.overlapTokens = min(max(0, overlapTokens), self.maximumTokens / 3)
    self.maximumChunks = max(1, maximumChunks)
    self.estimator = estimator
  }

  /// The chunks of a document.
  public func chunk(_ document: ExtractedDocument) -> Chunking {
    chunk(text: document.text, positions: document.positions)
  }

  /// The chunks of a text whose pages, slides, sheets and sections are `positions`.
  public func chunk(text: String, positions: [TextPosition] = []) -> Chunking {
    let (perChunk, overflow) = maximumTokens.multipliedReportingOverflow(by: TokenEstimator.mostScalarsInToken)
    let (most, overflows) = perChunk.multipliedReportingOverflow(by: maximumChunks)
    let limit = overflow || overflows || most == .max ? Int.max : most + 1
    let breaks = TextBreaks(text, positions: positions, estimator: estimator, limit: limit)
    var chunks: [Chunk] = []
    var cut = 0
    var tokens = 0
    while cut < breaks.count, chunks.count < maximumChunks {
      let start = chunks.isEmpty ? 0 : breaks.start(ofOverlapBefore: cut, tokens: overlapTokens)
      let end = breaks.end(from: start, after: cut, maximumTokens: maximumTokens)
      let count = breaks.tokens(from: start, to: end)
      chunks.append(
        Chunk(
          index: chunks.count, text: breaks.text(from: start, to: end), start: start, end: end, overlap: cut - start,
          tokens: count, positions: Self.clipped(positions, to: start..<end)))
      tokens += count
      cut = end
    }
    return Chunking(chunks: chunks, leftOut: leftOut(from: cut, breaks, positions), tokens: tokens)
  }

  private func leftOut(from cut: Int, _ breaks: TextBreaks, _ positions: [TextPosition]) -> LeftOut? {
    guard cut < breaks.total else { return nil }
    let tokens = breaks.tokens(from: cut)
    let room = max(1, maximumTokens - overlapTokens)
    let missing = Self.clipped(positions, to: cut..<breaks.total)
    let characters = breaks.total - cut
    let percent = max(1, characters * 100 / max(1, breaks.total))
    let place = Self.place(missing).map { " (\($0))" } ?? ""
    return LeftOut(
      characters: characters, chunks: (tokens + room - 1) / room, tokens: tokens, from: cut, positions: missing,
      why: """
        The last \(characters) of \(breaks.total) characters\(place), \(percent) %, were left out: the document is longer \
        than \(maximumChunks) chunks of \(maximumTokens) tokens.
        """)
  }

  private static func place(_ missing: [TextPosition]) -> String? {
    guard let first = missing.first, let last = missing.last(where: { $0.kind == first.kind }) else { return nil }
    let kind = first.kind.rawValue
    return first.number == last.number ? "\(kind) \(first.number)" : "\(kind) \(first.number) to \(last.number)"
  }

  private static func clipped(_ positions: [TextPosition], to range: Range<Int>) -> [TextPosition] {
    positions.compactMap { position in
      guard position.start < range.upperBound, position.end > range.lowerBound else { return nil }
      var clipped = position
      clipped.start = max(position.start, range.lowerBound)
      clipped.end = min(position.end, range.upperBound)
      return clipped
    }
  }
}
