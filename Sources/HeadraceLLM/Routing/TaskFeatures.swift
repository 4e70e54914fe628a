/// A text as the classifier sees it: hashed words, pairs of words and word beginnings. The same as in
/// ops/classifier/train, byte for byte.
struct TaskFeatures {
  private static let headTokens = 48
  private static let tailTokens = 48
  private static let marks = Set("?!(){}[]=<>;+*/^\"`|%$&@#".utf8)

  /// The buckets that the text fills, each once.
  let buckets: [Int]

  init(_ text: String) {
    let tokens = Self.tokens(text)
    var found: [Int] = []
    found.reserveCapacity(tokens.count * 3 + 2)
    for (index, token) in tokens.enumerated() {
      found.append(Self.bucket(0x77, token))
      if token.count > 5 { found.append(Self.bucket(0x70, token.prefix(5))) }
      if index > 0 { found.append(Self.bucket(0x62, tokens[index - 1], 0x20, token)) }
    }
    if let first = tokens.first { found.append(Self.bucket(0x66, first)) }
    found.append(Self.bucket(0x6C, [UInt8(min(tokens.count / 6, 9))]))
    found.sort()
    var unique: [Int] = []
    unique.reserveCapacity(found.count)
    for bucket in found where unique.last != bucket { unique.append(bucket) }
    buckets = unique
  }

  /// The first and the last words of the text: an instruction stands before or behind what it is about.
  static func tokens(_ text: String) -> [ArraySlice<UInt8>] {
    let bytes = Array(text.utf8)
    // A document of megabytes is not read in the middle; generous, so that it makes no difference below.
    let limit = 4_096
    guard bytes.count > 2 * limit else { return trimmed(split(bytes)) }
    return Array(split(Array(bytes.prefix(limit))).prefix(headTokens))
      + Array(split(Array(bytes.suffix(limit))).suffix(tailTokens))
  }

  private static func trimmed(_ tokens: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
    guard tokens.count > headTokens + tailTokens else { return tokens }
    return Array(tokens.prefix(headTokens)) + Array(tokens.suffix(tailTokens))
  }

  private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var words: [ArraySlice<UInt8>] = []
    var word: [UInt8] = []
    for byte in bytes {
      switch byte {
      case 0x41...0x5A: word.append(byte + 0x20)
      case 0x61...0x7A, 0x80..., 0x5F: word.append(byte)
      case 0x30...0x39: if word.last != 0x30 { word.append(0x30) }
      default:
        if !word.isEmpty {
          words.append(word[...])
          word = []
        }
        if marks.contains(byte) { words.append([byte]) }
      }
    }
    if !word.isEmpty { words.append(word[...]) }
    return words
  }

  private static func bucket(_ kind: UInt8, _ parts: ArraySlice<UInt8>...) -> Int {
    var hash = step(0x811C_9DC5, kind)
    for part in parts { for byte in part { hash = step(hash, byte) } }
    return finish(hash)
  }

  private static func bucket(
    _ kind: UInt8, _ first: ArraySlice<UInt8>, _ between: UInt8, _ second: ArraySlice<UInt8>
  ) -> Int {
    var hash = step(0x811C_9DC5, kind)
    for byte in first { hash = step(hash, byte) }
    hash = step(hash, between)
    for byte in second { hash = step(hash, byte) }
    return finish(hash)
  }

  private static func step(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 0x0100_0193 }
  private static func finish(_ hash: UInt32) -> Int {
    Int((hash ^ (hash >> 16)) % UInt32(TaskClassifierWeights.buckets))
  }
}
