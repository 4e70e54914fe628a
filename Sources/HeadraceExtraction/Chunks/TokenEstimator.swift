/// Estimates how many tokens a model counts in a text, without its tokenizer.
///
/// Weighs each character by its script, from what the families' tokenizers give on text in many languages. Meant to be a
/// little high: a chunk that is too small costs less than a request that is refused.
public struct TokenEstimator: Sendable, Hashable {
  /// The families of tokenizers that are told apart.
  package enum Family: Sendable, Hashable {
    /// 200,000 pieces, many languages: GPT-4o and later, Gemini.
    case large
    /// About 100,000 pieces, English first: GPT-4, Llama 3, Mistral, Qwen.
    case medium
    /// Anthropic's.
    case claude
    /// Small or unknown vocabularies: 32,000 pieces.
    case small
  }

  /// The family that is assumed.
  package let family: Family

  /// For `model`, by its name; nil or unknown: a vocabulary of medium size.
  public init(model: String?) {
    let name = (model ?? "").lowercased()
    if name.contains("claude") {
      family = .claude
    } else if ["gpt-4o", "gpt-4.1", "gpt-5", "o1", "o3", "o4", "gemini", "gemma"].contains(where: name.contains) {
      family = .large
    } else if name.contains("llama-2") || name.contains("llama2") || name.contains("phi") || name.contains("tinyllama")
    {
      family = .small
    } else {
      family = .medium
    }
  }

  /// The tokens of `text`, about; 0 only for no text.
  public func tokens(in text: some StringProtocol) -> Int {
    var weight = 0
    for scalar in text.unicodeScalars { weight += weightOf(scalar) }
    return Self.tokens(ofWeight: weight)
  }

  /// More scalars than any token has, by these weights: spaces weigh least.
  package static let mostScalarsInToken = 8

  // MARK: Weights, in 1/120 of a token, so that they add up without rounding

  package static func tokens(ofWeight weight: Int) -> Int { (weight + 119) / 120 }

  package func weightOf(_ scalar: Unicode.Scalar) -> Int {
    let (latin, alphabetic, indic, ideographic) = weights
    switch scalar.value {
    case 0x20: return latin / 2
    case 0x30...0x39: return latin * 2
    case 0x61...0x7a, 0x41...0x5a: return latin
    case 0x00..<0x80: return latin * 2
    case 0x80..<0x250: return latin * 2
    case 0x370..<0x530, 0x530..<0x700: return alphabetic
    case 0x900..<0x1100, 0x1780..<0x1800: return indic
    case 0x3000..<0xa000, 0xac00..<0xd7b0, 0xf900..<0xfb00, 0xff00..<0xfff0: return ideographic
    case 0x10000...: return 240
    default: return alphabetic
    }
  }

  private var weights: (latin: Int, alphabetic: Int, indic: Int, ideographic: Int) {
    switch family {
    case .large: (30, 42, 50, 100)
    case .medium: (34, 60, 110, 130)
    case .claude: (36, 64, 110, 135)
    case .small: (38, 75, 130, 170)
    }
  }
}
