/// The dialects by their names.
enum Dialects {
  static func dialect(_ name: ProviderConfiguration.Dialect) -> any ChatDialect {
    switch name {
    case .openAIChat: OpenAIChatDialect()
    case .openAIResponses: OpenAIChatDialect()
    case .anthropic: OpenAIChatDialect()
    case .gemini: OpenAIChatDialect()
    }
  }
}
