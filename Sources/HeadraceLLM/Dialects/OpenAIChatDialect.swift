internal import HeadraceCore
internal import HeadraceHTTP

/// OpenAI's Chat Completions, and every server that is compatible with it.
struct OpenAIChatDialect: ChatDialect {
  func unsupported(_ request: ChatRequest) -> String? { nil }

  func exchange(_ call: DialectCall) -> DialectExchange {
    let request = call.request
    let isReasoning = call.target.capabilities.contains(.reasoning)
    var body: JSONValue = [
      "model": .string(call.target.model),
      "messages": .array(call.messages.map { Self.message($0) }),
      "stream": true,
      "stream_options": ["include_usage": true],
    ]
    // OpenAI's newer models know only the newer name; compatible servers often only the older.
    let isOpenAI = StrictSchema.isExpected(by: call.provider)
    body[isReasoning || isOpenAI ? "max_completion_tokens" : "max_tokens"] = .int(Int64(call.maximumOutputTokens))
    if call.target.capabilities.contains(.temperature) { body["temperature"] = request.temperature.map { .double($0) } }
    body["seed"] = request.seed.map { .int($0) }
    if !request.stop.isEmpty { body["stop"] = .array(request.stop.map { .string($0) }) }
    if isReasoning { body["reasoning_effort"] = request.reasoningEffort.map { .string($0.rawValue) } }
    if case .json(let name, let schema) = request.format {
      let (schema, isStrict) = StrictSchema.adapted(schema, for: call.provider)
      body["response_format"] = [
        "type": "json_schema",
        "json_schema": ["name": .string(Self.identifier(name)), "strict": .bool(isStrict), "schema": schema],
      ]
    }
    if !request.tools.isEmpty {
      body["tools"] = .array(
        request.tools.map {
          [
            "type": "function",
            "function": [
              "name": .string($0.name), "description": .string($0.description), "parameters": $0.parameters,
            ],
          ]
        })
      body["tool_choice"] =
        switch request.toolChoice {
        case .automatic: "auto"
        case .none: "none"
        case .required: "required"
        case .tool(let name): ["type": "function", "function": ["name": .string(name)]]
        }
    }
    // llama.cpp: an answer must not depend on what its slot saw before. Others ignore or never see the field.
    if call.target.family == .local, request.temperature == 0 { body["cache_prompt"] = false }
    var headers: HTTPClient.Headers = ["content-type": "application/json", "accept": "text/event-stream"]
    if let key = call.provider.apiKey { headers.add("authorization", "Bearer \(key.value)") }
    return DialectExchange(url: call.provider.baseURL + "/chat/completions", headers: headers, body: body)
  }

  func decoder() -> any ChatStreamDecoder { OpenAIChatStreamDecoder() }

  func whole(_ body: JSONValue) throws(LLMError) -> RawAnswer {
    if let failure = OpenAIFailure.inside(body) { throw failure }
    guard let choice = body["choices"]?[0], let message = choice["message"] else {
      throw LLMError(.protocolViolation, "the answer has no choices", mayHaveBeenPaid: true)
    }
    var answer = RawAnswer()
    answer.text = Self.text(message["content"])
    answer.refusal = message["refusal"]?.string
    answer.model = body["model"]?.string
    answer.finish = try Self.finish(choice["finish_reason"]?.string)
    answer.tokens = Self.tokens(body["usage"])
    for call in message["tool_calls"]?.array ?? [] {
      answer.toolCalls.append(
        .init(
          id: call["id"]?.string ?? "", name: call["function"]?["name"]?.string ?? "",
          arguments: call["function"]?["arguments"]?.string ?? ""))
    }
    return answer
  }

  func failure(status: Int, body: [UInt8]) -> LLMError { OpenAIFailure.error(status: status, body: body) }

  static func message(_ message: ChatMessage) -> JSONValue {
    var value: JSONValue = ["role": .string(message.role.rawValue)]
    if message.content.allSatisfy({ $0.text != nil }) {
      value["content"] = message.toolCalls.isEmpty || !message.text.isEmpty ? .string(message.text) : .null
    } else {
      value["content"] = .array(message.content.map(Self.piece))
    }
    if !message.toolCalls.isEmpty {
      value["tool_calls"] = .array(
        message.toolCalls.map {
          [
            "id": .string($0.id), "type": "function",
            "function": ["name": .string($0.name), "arguments": .string($0.arguments.text)],
          ]
        })
    }
    value["tool_call_id"] = message.toolCallID.map { .string($0) }
    return value
  }

  private static func piece(_ piece: ChatContent) -> JSONValue {
    switch piece {
    case .text(let text): ["type": "text", "text": .string(text)]
    case .image(let url): ["type": "image_url", "image_url": ["url": .string(url)]]
    case .file(let url, _): ["type": "file", "file": ["file_data": .string(url)]]
    }
  }

  static func finish(_ word: String?) throws(LLMError) -> FinishReason? {
    switch word {
    // Some say nothing with an empty word in every chunk.
    case nil, "": return nil
    case "length", "max_tokens", "model_length": return .length
    case "tool_calls", "function_call": return .toolCalls
    case "content_filter": return .filtered
    // Words of compatible servers for an answer that was given up half-way.
    case "error", "abort", "insufficient_system_resource":
      throw LLMError(.unavailable, "the server gave the answer up: \(word ?? "")", mayHaveBeenPaid: true)
    default: return .stop
    }
  }

  /// Text, or the pieces of it that are text: thoughts may stand between them.
  static func text(_ content: JSONValue?) -> String {
    if let text = content?.string { return text }
    return (content?.array ?? []).compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }.joined()
  }

  static func tokens(_ usage: JSONValue?) -> TokenCount? {
    guard let usage, let input = TokenCount.count(usage["prompt_tokens"]) else { return nil }
    return TokenCount(
      input: input,
      // The second is DeepSeek's.
      cached: TokenCount.count(usage["prompt_tokens_details"]?["cached_tokens"])
        ?? TokenCount.count(usage["prompt_cache_hit_tokens"]) ?? 0,
      output: TokenCount.count(usage["completion_tokens"]) ?? 0,
      reasoning: TokenCount.count(usage["completion_tokens_details"]?["reasoning_tokens"]) ?? 0)
  }

  /// Names of schemas and tools: letters, digits, `_` and `-`.
  static func identifier(_ name: String) -> String {
    String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") ? $0 : "_" }.prefix(64))
  }
}
