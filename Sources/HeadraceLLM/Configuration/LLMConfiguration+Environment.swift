extension LLMConfiguration {
  /// Reads the variables of the providers' own SDKs.
  ///
  /// | variable | meaning |
  /// |---|---|
  /// | `HEADRACE_LLM_BASE_URL` | an OpenAI-compatible server, with `/v1`; wins over all others |
  /// | `HEADRACE_LLM_MODEL`, `HEADRACE_LLM_API_KEY` | its model (default `default`) and key |
  /// | `HEADRACE_LLM_CONCURRENCY` | calls to it at a time (default 256); a local model: its slots |
  /// | `HEADRACE_LLM_DIALECT` | `openai-chat` (default), `openai-responses`, `anthropic`, `gemini` |
  /// | `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_MODEL` | model `o1`; `gpt-5-mini` as well where Gemini is not configured |
  /// | `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`, `ANTHROPIC_MODEL` | model `claude-sonnet-4-5` |
  /// | `GEMINI_API_KEY`, `GEMINI_BASE_URL`, `GEMINI_MODEL` | model `gemini-2.5-flash` |
  ///
  /// A provider counts as configured when its key or its address is set. Without `HEADRACE_LLM_BASE_URL`,
  /// `HEADRACE_LLM_MODEL` names the model that all requests go to.
  public init(environment: [String: String]) {
    self.init()
    func value(_ name: String) -> String? {
      guard let text = environment[name], !text.isEmpty else { return nil }
      return text
    }
    if let base = value("HEADRACE_LLM_BASE_URL") {
      let dialect = value("HEADRACE_LLM_DIALECT").flatMap(ProviderConfiguration.Dialect.init(rawValue:)) ?? .openAIChat
      providers = [
        ProviderConfiguration(
          name: "configured", dialect: dialect, baseURL: Self.withoutSlash(base),
          apiKey: (value("HEADRACE_LLM_API_KEY") ?? value("OPENAI_API_KEY")).map(Secret.init),
          clearance: .restricted)
      ]
      var target = TargetConfiguration(provider: "configured", model: value("HEADRACE_LLM_MODEL") ?? "default")
      target.capabilities.formUnion([.tools, .vision, .files, .jsonSchema, .temperature])
      if let count = value("HEADRACE_LLM_CONCURRENCY").flatMap({ Int($0) }), count > 0 {
        target.limits.concurrency = count
      }
      targets = [target]
      return
    }
    let named = value("HEADRACE_LLM_MODEL")
    let present = Self.known.filter { value("\($0.prefix)_API_KEY") != nil || value("\($0.prefix)_BASE_URL") != nil }
    // One model for everything: at the provider whose name it bears, else at the first.
    let owner = named.flatMap { model in present.first { model.lowercased().contains($0.mark) } ?? present.first }
    for known in present where owner == nil || owner?.name == known.name {
      let key = value("\(known.prefix)_API_KEY")
      let base = value("\(known.prefix)_BASE_URL")
      providers.append(
        ProviderConfiguration(
          name: known.name, dialect: known.dialect, baseURL: Self.withoutSlash(base ?? known.base),
          apiKey: key.map(Secret.init)))
      var models = (named ?? value("\(known.prefix)_MODEL")).map { [$0] } ?? known.models
      // Conversation goes to Gemini's Flash where there is one; without it OpenAI's small model takes its place.
      if named == nil, present.contains(where: { $0.name == "gemini" }) { models.removeAll { $0 == "gpt-5-mini" } }
      for model in models { targets.append(TargetConfiguration(provider: known.name, model: model)) }
    }
    // The same model name at two providers would be ambiguous.
    let repeated = Dictionary(grouping: targets, by: \.name).filter { $0.value.count > 1 }.keys
    for index in targets.indices where repeated.contains(targets[index].name) {
      targets[index].name = "\(targets[index].provider)/\(targets[index].model)"
    }
  }

  private struct Known {
    var name: String
    var prefix: String
    var mark: String
    var dialect: ProviderConfiguration.Dialect
    var base: String
    var models: [String]
  }

  private static let known = [
    Known(
      name: "openai", prefix: "OPENAI", mark: "gpt", dialect: .openAIChat, base: "https://api.openai.com/v1",
      models: ["o1", "gpt-5-mini"]),
    Known(
      name: "anthropic", prefix: "ANTHROPIC", mark: "claude", dialect: .anthropic, base: "https://api.anthropic.com",
      models: ["claude-sonnet-4-5"]),
    Known(
      name: "gemini", prefix: "GEMINI", mark: "gemini", dialect: .gemini,
      base: "https://generativelanguage.googleapis.com",
      models: ["gemini-2.5-flash"]),
  ]

  private static func withoutSlash(_ url: String) -> String {
    var url = url
    while url.hasSuffix("/") { url.removeLast() }
    return url
  }
}
