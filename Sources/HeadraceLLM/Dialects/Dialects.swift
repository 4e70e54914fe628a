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

  /// `nil`: the protocol has no embeddings.
  static func embeddings(_ name: ProviderConfiguration.Dialect) -> (any EmbeddingDialect)? {
    switch name {
    case .openAIChat, .openAIResponses: OpenAIEmbeddingDialect()
    case .gemini: GeminiEmbeddingDialect()
    case .anthropic: nil
    }
  }
}
