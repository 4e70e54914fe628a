/// Models that are alike in quality, price and use.
public enum ModelFamily: String, Sendable, Hashable, Codable, CaseIterable {
  /// As OpenAI's o1: thinks long, costs much, best at reasoning and mathematics.
  case deepReasoning = "o1-class"
  /// As Anthropic's Sonnet: all-round, strong at reading and summing up.
  case allRound = "sonnet-class"
  /// As Google's Flash: fast and cheap, good enough for conversation.
  case fast = "flash-class"
  /// A model on one's own machine.
  case local = "local-class"
  /// Unknown: taken for all-round, with a little less quality.
  case other

  /// Guesses the family by the model's name.
  public init(model: String) {
    let name = model.lowercased()
    let words = Set(name.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    func has(_ list: String...) -> Bool { list.contains { words.contains($0) } }
    if has("flash", "haiku", "mini", "nano", "lite", "turbo", "small") && !has("o1", "o3", "o4") {
      self = .fast
    } else if has("o1", "o3", "o4", "opus", "reasoner", "r1", "thinking") || name.hasPrefix("deepseek-r") {
      self = .deepReasoning
    } else if has("sonnet") || name.hasPrefix("gpt-4") || name.hasPrefix("gpt-5") || has("pro", "large") {
      self = .allRound
    } else if name.contains("qwen") || name.contains("llama") || name.contains("smollm") || name.hasSuffix(".gguf") {
      self = .local
    } else {
      self = .other
    }
  }

  /// What a model of that name can usually do.
  static func capabilities(model: String) -> ModelCapabilities {
    // OpenAI's fifth generation thinks, whatever its size, and refuses a temperature.
    model.lowercased().hasPrefix("gpt-5")
      ? ModelFamily.deepReasoning.capabilities : ModelFamily(model: model).capabilities
  }

  /// What its models can usually do.
  public var capabilities: ModelCapabilities {
    switch self {
    case .deepReasoning: [.tools, .vision, .files, .jsonSchema, .reasoning]
    case .allRound, .fast: [.tools, .vision, .files, .jsonSchema, .temperature]
    case .local: [.jsonSchema, .temperature]
    case .other: [.tools, .jsonSchema, .temperature]
    }
  }
}
