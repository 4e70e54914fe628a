internal import HeadraceCore

/// Puts an answer together from the events of a Responses stream. The end marks are `response.completed` and
/// `response.incomplete`, which bring the whole response once more.
struct OpenAIResponsesStreamDecoder: ChatStreamDecoder {
  private(set) var isComplete = false
  private(set) var answer = RawAnswer()

  mutating func consume(_ event: StreamedEvent) throws(LLMError) -> String {
    if event.data.elementsEqual("[DONE]".utf8) { return "" }
    let value: JSONValue
    do {
      value = try JSONValue(parsing: event.data)
    } catch {
      throw LLMError(.protocolViolation, "an event is \(error)", mayHaveBeenPaid: true)
    }
    switch value["type"]?.string {
    case "response.output_text.delta":
      let text = value["delta"]?.string ?? ""
      answer.text += text
      return text
    case "response.completed", "response.incomplete":
      try finish(value["response"] ?? .null)
    case "response.failed":
      throw failure(value["response"]?["error"] ?? .null)
    case "error": throw failure(value["error"] ?? value)
    default: break
    }
    return ""
  }

  /// Takes the whole response, which is more certain than the sum of what came before.
  mutating func finish(_ response: JSONValue) throws(LLMError) {
    if response["output"] == nil, let failure = OpenAIFailure.inside(response) { throw failure }
    guard let output = response["output"]?.array else {
      throw LLMError(.protocolViolation, "the response has no output", mayHaveBeenPaid: true)
    }
    if response["status"]?.string == "failed" { throw failure(response["error"] ?? .null) }
    isComplete = true
    answer.model = response["model"]?.string
    answer.toolCalls = []
    var text = ""
    for item in output {
      switch item["type"]?.string {
      case "message":
        for piece in item["content"]?.array ?? [] {
          if piece["type"]?.string == "refusal" { answer.refusal = piece["refusal"]?.string }
          text += piece["text"]?.string ?? ""
        }
      case "function_call":
        answer.toolCalls.append(
          .init(
            id: item["call_id"]?.string ?? "", name: item["name"]?.string ?? "",
            arguments: item["arguments"]?.string ?? ""))
      default: break
      }
    }
    if !text.isEmpty { answer.text = text }
    switch response["incomplete_details"]?["reason"]?.string {
    case "max_output_tokens": answer.finish = .length
    case "content_filter": answer.finish = .filtered
    default: answer.finish = answer.toolCalls.isEmpty ? .stop : .toolCalls
    }
    if let usage = response["usage"], let input = TokenCount.count(usage["input_tokens"]) {
      answer.tokens = TokenCount(
        input: input, cached: TokenCount.count(usage["input_tokens_details"]?["cached_tokens"]) ?? 0,
        output: TokenCount.count(usage["output_tokens"]) ?? 0,
        reasoning: TokenCount.count(usage["output_tokens_details"]?["reasoning_tokens"]) ?? 0)
    }
  }

  private func failure(_ error: JSONValue) -> LLMError {
    var failure = OpenAIFailure.error(status: 500, body: JSONValue.object([.init("error", error)]).bytes)
    failure.mayHaveBeenPaid = true
    return failure
  }
}
