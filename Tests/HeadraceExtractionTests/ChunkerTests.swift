import HeadraceExtraction
import Testing

@Suite("Chunks")
struct ChunkerTests {
  private let text: String = (1...60).map { number in
    (number % 10 == 1 ? "## Part \(number / 10)\n\n" : "")
      + "Paragraph \(number) says one thing. Then it says another, which is a little longer than the first.\n\n"
  }.joined()

  @Test("Everything is in a chunk, in order, within the bound", arguments: [(60, 0), (60, 15), (200, 40), (16, 5)])
  func covers(_ maximum: Int, _ overlap: Int) {
    let chunking = Chunker(maximumTokens: maximum, overlapTokens: overlap).chunk(text: text)
    let scalars = Array(text.unicodeScalars)
    var position = 0
    for (index, chunk) in chunking.chunks.enumerated() {
      #expect(chunk.index == index)
      #expect(chunk.start + chunk.overlap == position)
      #expect(chunk.tokens <= maximum)
      #expect(Array(chunk.text.unicodeScalars) == Array(scalars[chunk.start..<chunk.end]))
      #expect(index == 0 || overlap == 0 || chunk.overlap > 0)
      position = chunk.end
    }
    #expect(position == scalars.count)
    #expect(chunking.leftOut == nil)
    #expect(chunking.tokens == chunking.chunks.reduce(0) { $0 + $1.tokens })
  }

  @Test("Cuts are made at headings and paragraphs")
  func cutsWhereReadersWould() {
    let chunking = Chunker(maximumTokens: 150).chunk(text: text)
    for chunk in chunking.chunks.dropFirst() {
      #expect(chunk.text.hasPrefix("Paragraph") || chunk.text.hasPrefix("## "))
    }
    #expect(chunking.chunks.dropFirst().filter { $0.text.hasPrefix("## ") }.count >= 3)
  }

  @Test("One endless word, and text without spaces")
  func nothingToCutAt() {
    let word = Chunker(maximumTokens: 16).chunk(text: String(repeating: "x", count: 5000))
    #expect(word.chunks.last?.end == 5000)
    let japanese = String(repeating: Samples.japanese, count: 10)
    let chunking = Chunker(maximumTokens: 120).chunk(text: japanese)
    #expect(chunking.chunks.dropLast().allSatisfy { $0.text.hasSuffix("。") })
    #expect(Chunker(maximumTokens: 100).chunk(text: "").chunks.isEmpty)
  }

  @Test("What is left out is said: how much, which pages, why")
  func leftOut() throws {
    let pages = (0..<6).map { TextPosition(kind: .page, number: $0 + 1, start: $0 * 1000, end: ($0 + 1) * 1000) }
    let text = String(repeating: "nine words and one more make ten, is it so? ", count: 140).prefix(6000)
    let chunking = Chunker(maximumTokens: 300, maximumChunks: 2).chunk(text: String(text), positions: pages)
    #expect(chunking.chunks.count == 2)
    let lost = try #require(chunking.leftOut)
    #expect(lost.from == chunking.chunks.last?.end)
    #expect(lost.characters == 6000 - lost.from)
    #expect(lost.positions.last?.number == 6)
    #expect(lost.why.contains("page \(lost.positions[0].number) to 6"))
    #expect(lost.chunks >= 1 && lost.tokens > 0)
    let first = try #require(chunking.chunks.first)
    #expect(first.positions.allSatisfy { $0.start >= first.start && $0.end <= first.end })
  }

  @Test(
    "Estimates are near what tokenizers count, and never far below",
    arguments: [
      ("The quick brown fox jumps over the lazy dog and goes home again.", 14), (Samples.german, 60),
      (Samples.japanese, 80),
    ])
  func estimates(_ text: String, _ counted: Int) {
    for model in ["gpt-4o", "claude-sonnet", "llama-3", nil] {
      let tokens = TokenEstimator(model: model).tokens(in: text)
      #expect(tokens * 10 >= counted * 7 && tokens <= counted * 3, "\(model ?? "-"): \(tokens)")
    }
    #expect(TokenEstimator(model: nil).tokens(in: "") == 0)
  }
}
