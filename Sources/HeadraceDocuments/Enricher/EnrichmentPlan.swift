internal import HeadraceExtraction

/// How a document's text is put before the model: whole, or in pieces whose summaries are described together.
struct EnrichmentPlan: Sendable {
  /// The texts to read, each in a call of its own; a single one is described directly.
  var passages: [String]
  /// What of the document is not read, and why; nil when all of it is.
  var leftOut: String?

  /// Calls in all: one for a document that fits, else one for each piece and one for the whole.
  var calls: Int { passages.count > 1 ? passages.count + 1 : 1 }

  init(passages: [String], leftOut: String?) {
    self.passages = passages
    self.leftOut = leftOut
  }

  init(document: ExtractedDocument, configuration: EnricherConfiguration) {
    let most = max(1, configuration.maximumCalls)
    // With pieces one call is for the whole; where fewer than three calls are allowed only the beginning is read.
    let pieces = most >= 3 ? most - 1 : 1
    let chunking = Chunker(maximumTokens: configuration.chunkTokens, maximumChunks: pieces).chunk(document)
    self.init(passages: chunking.chunks.map(\.text), leftOut: chunking.leftOut?.why)
  }
}
