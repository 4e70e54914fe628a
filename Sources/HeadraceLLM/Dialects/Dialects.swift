/// The dialects by their names.
enum Dialects {
  static func dialect(_ name: ProviderConfiguration.Dialect) -> any ChatDialect {
    switch name {
    case .openAIChat: OpenAIChatDialect()
    case .openAIResponses: OpenAIResponsesDialect()
    case .anthropic: AnthropicDialect()
    case .gemini: GeminiDialect()
    }
  }
}
