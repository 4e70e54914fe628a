internal import HeadraceCore

/// Puts an answer together from Gemini's chunks. There is no end mark: a `finishReason` is the end.
struct GeminiStreamDecoder: ChatStreamDecoder {
  private(set) var answer = RawAnswer()

  /// After the chunk with the reason more usage may follow; the stream's own end is waited for by nobody, so the usage
  /// that comes in the same chunk is the one that counts.
  var isComplete: Bool { answer.finish != nil || answer.refusal != nil }

  mutating func consume(_ event: StreamedEvent) throws(LLMError) -> String {
    let chunk: JSONValue
    do {
      chunk = try JSONValue(parsing: event.data)
    } catch {
      throw LLMError(.protocolViolation, "a chunk is \(error)", mayHaveBeenPaid: true)
    }
    return try consume(chunk)
  }

  mutating func consume(_ chunk: JSONValue) throws(LLMError) -> String {
    if let error = chunk["error"], error != .null {
      let code = error["code"]?.int.flatMap { (400..<600).contains($0) ? Int($0) : nil }
      var failure = GeminiDialect.error(status: code ?? 500, chunk, chunk.bytes)
      failure.mayHaveBeenPaid = true
      throw failure
    }
    if let model = chunk["modelVersion"]?.string { answer.model = model }
    if let usage = chunk["usageMetadata"] {
      let thoughts = TokenCount.count(usage["thoughtsTokenCount"]) ?? 0
      // Its candidates' tokens are those beside the thoughts.
      answer.tokens = TokenCount(
        input: (TokenCount.count(usage["promptTokenCount"]) ?? 0)
          + (TokenCount.count(usage["toolUsePromptTokenCount"]) ?? 0),
        cached: TokenCount.count(usage["cachedContentTokenCount"]) ?? 0,
        output: (TokenCount.count(usage["candidatesTokenCount"]) ?? 0) + thoughts, reasoning: thoughts)
    }
    if let reason = chunk["promptFeedback"]?["blockReason"]?.string {
      answer.refusal = "the prompt was blocked: \(reason)"
    }
    guard let candidate = chunk["candidates"]?[0] else { return "" }
    var added = ""
    for part in candidate["content"]?["parts"]?.array ?? [] where part["thought"]?.bool != true {
      if let text = part["text"]?.string { added += text }
      if let call = part["functionCall"], answer.toolCalls.count < 256 {
        answer.toolCalls.append(
          .init(
            id: call["id"]?.string ?? "call_\(answer.toolCalls.count)", name: call["name"]?.string ?? "",
            arguments: (call["args"] ?? [:]).text))
      }
    }
    answer.text += added
    try finish(candidate["finishReason"]?.string, candidate["finishMessage"]?.string)
    return added
  }

  private mutating func finish(_ reason: String?, _ message: String?) throws(LLMError) {
    switch reason {
    case nil, "FINISH_REASON_UNSPECIFIED": break
    case "STOP": answer.finish = answer.toolCalls.isEmpty ? .stop : .toolCalls
    case "MAX_TOKENS": answer.finish = .length
    case "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY":
      answer.finish = .filtered
    case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE":
      throw LLMError(
        .invalidAnswer, "the model's call of a tool is malformed: \(message ?? reason ?? "")", mayHaveBeenPaid: true)
    case let other?:
      // Whatever it was, an empty answer is none.
      guard !answer.text.isEmpty || !answer.toolCalls.isEmpty else {
        throw LLMError(.unavailable, "the model ended without an answer: \(other)", mayHaveBeenPaid: true)
      }
      answer.finish = .stop
    }
  }
}
