internal import HeadraceCore
internal import HeadraceTelemetry

/// A call as a span, by OpenTelemetry's GenAI names. Prompts and answers only when the configuration asks for them.
enum CallSpan {
  static func request(
    _ request: ChatRequest, _ target: Target, _ outputTokens: Int, recordsContent: Bool
  ) -> [String: String] {
    var attributes = [
      "gen_ai.operation.name": "chat", "gen_ai.provider.name": target.provider.name,
      "gen_ai.request.model": target.configuration.model, "gen_ai.request.max_tokens": "\(outputTokens)",
      "gen_ai.output.type": request.format == .text ? "text" : "json",
    ]
    if let temperature = request.temperature { attributes["gen_ai.request.temperature"] = "\(temperature)" }
    if let seed = request.seed { attributes["gen_ai.request.seed"] = "\(seed)" }
    if let prompt = request.prompt {
      attributes["gen_ai.prompt.name"] = prompt.id
      attributes["headrace.prompt.version"] = prompt.version
    }
    if recordsContent {
      attributes["gen_ai.input.messages"] =
        JSONValue.array(
          request.messages.map { ["role": .string($0.role.rawValue), "content": .string($0.text)] }
        ).text
    }
    return attributes
  }

  static func answered(_ span: inout Span, _ outcome: ChatExchange.Outcome, recordsContent: Bool) {
    span.attributes["gen_ai.usage.input_tokens"] = "\(outcome.tokens.input)"
    span.attributes["gen_ai.usage.output_tokens"] = "\(outcome.tokens.output)"
    if let model = outcome.answer.model { span.attributes["gen_ai.response.model"] = model }
    if let finish = outcome.answer.finish { span.attributes["gen_ai.response.finish_reasons"] = finish.rawValue }
    if recordsContent { span.attributes["gen_ai.output.messages"] = outcome.answer.text }
    if let failure = outcome.failure {
      span.attributes["error.type"] = (failure as? LLMError)?.code.word ?? "cancelled"
      span.failure = "\(failure)"
    }
  }
}
