/// A text with the weight of every scalar and the worth of a cut before each: what the chunker decides by.
struct TextBreaks {
  /// How good a cut is. Higher is better.
  enum Worth: UInt8, Comparable {
    case character, word, sentence, line, paragraph, page, heading
    static func < (left: Worth, right: Worth) -> Bool { left.rawValue < right.rawValue }
  }

  /// Unicode scalars that are looked at: all, or as many as can be in chunks.
  let count: Int
  /// Unicode scalars in the text.
  let total: Int
  private let totalWeight: Int
  private let scalars: [Unicode.Scalar]
  /// The weight of everything before each scalar.
  private let weights: [Int]
  private let worths: [Worth]

  /// Keeps the first `limit` scalars; of the others only their number and weight, so that a text of any length takes no more
  /// memory than its chunks.
  init(_ text: String, positions: [TextPosition], estimator: TokenEstimator, limit: Int) {
    var scalars: [Unicode.Scalar] = []
    var weights = [0]
    var total = 0
    var totalWeight = 0
    for scalar in text.unicodeScalars {
      total += 1
      totalWeight += estimator.weightOf(scalar)
      guard total <= limit else { continue }
      scalars.append(scalar)
      weights.append(totalWeight)
    }
    self.scalars = scalars
    self.weights = weights
    self.total = total
    self.totalWeight = totalWeight
    count = scalars.count
    worths = Self.worths(scalars, positions)
  }

  /// The tokens from `start` to the end of the text.
  func tokens(from start: Int) -> Int { TokenEstimator.tokens(ofWeight: totalWeight - weights[start]) }

  func text(from start: Int, to end: Int) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[start..<end])
    return String(text)
  }

  func tokens(from start: Int, to end: Int) -> Int {
    TokenEstimator.tokens(ofWeight: weights[end] - weights[start])
  }

  /// The best end of a chunk that begins at `start` and brings something new after `cut`: the most valuable cut in the last
  /// half of what fits; better ones may be further to the front.
  func end(from start: Int, after cut: Int, maximumTokens: Int) -> Int {
    let limit = weights[start] + maximumTokens * 120
    // The last place that fits; at least one scalar.
    let last = max(cut + 1, Self.lastIndex(in: weights, atMost: limit, from: cut))
    guard last < count else { return count }
    let middle = max(cut + 1, Self.lastIndex(in: weights, atMost: (weights[cut] + limit) / 2, from: cut))
    var best = last
    var index = last
    while index >= middle {
      if worths[index] > worths[best] { best = index }
      if worths[best] == .heading { break }
      index -= 1
    }
    return best
  }

  /// Where what a chunk repeats begins, so that it is at most `tokens` and starts at a word or better.
  func start(ofOverlapBefore cut: Int, tokens: Int) -> Int {
    guard tokens > 0 else { return cut }
    let limit = weights[cut] - tokens * 120
    var index = cut
    var best = cut
    while index > 0, weights[index - 1] >= limit {
      index -= 1
      if worths[index] >= .word { best = index }
      if worths[index] >= .paragraph { break }
    }
    return best
  }

  private static func lastIndex(in weights: [Int], atMost limit: Int, from start: Int) -> Int {
    var low = start
    var high = weights.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if weights[middle] <= limit { low = middle } else { high = middle - 1 }
    }
    return low
  }

  // MARK: Worth of a cut before each scalar

  private static func worths(_ scalars: [Unicode.Scalar], _ positions: [TextPosition]) -> [Worth] {
    var worths = [Worth](repeating: .character, count: scalars.count + 1)
    var lineStart = 0
    for index in scalars.indices where index > 0 {
      let before = scalars[index - 1]
      if before == "\n" {
        let isEmptyLine = scalars[lineStart..<index - 1].allSatisfy { $0.properties.isWhitespace }
        worths[index] = isEmptyLine && lineStart > 0 ? .paragraph : .line
        if isMarkdownHeading(scalars, at: index) { worths[index] = .heading }
        lineStart = index
      } else if isSentenceEnd(before), scalars[index].properties.isWhitespace || isWide(before) {
        worths[index] = .sentence
      } else if before == " " || before == "\t" {
        worths[index] = index >= 2 && isSentenceEnd(scalars[index - 2]) ? .sentence : .word
      }
    }
    for position in positions where position.start < worths.count {
      switch position.kind {
      case .page: worths[position.start] = max(worths[position.start], .page)
      default: worths[position.start] = .heading
      }
    }
    return worths
  }

  private static func isSentenceEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ".", "!", "?", "…", "。", "！", "？", "।", "؟", "۔", "።", "။": true
    default: false
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x3000 }

  private static func isMarkdownHeading(_ scalars: [Unicode.Scalar], at start: Int) -> Bool {
    var index = start
    while index < scalars.count, index - start < 6, scalars[index] == "#" { index += 1 }
    return index > start && index < scalars.count && scalars[index] == " "
  }
}
