internal import HeadraceCore
internal import HeadraceHTTP

/// Anthropic's Messages.
///
/// It has no schema for answers: the schema becomes the input of a tool that the model must call, which it keeps to.
struct AnthropicDialect: ChatDialect {
  /// The tool that stands for a structured answer.
  static let answerTool = "answer_as_json"

  var hasSeed: Bool { false }

  func unsupported(_ request: ChatRequest) -> String? {
    if case .json = request.format, !request.tools.isEmpty {
      return "its protocol has no JSON schema beside tools"
    }
    if let temperature = request.temperature, temperature > 1 { return "its temperature ends at 1" }
    return nil
  }

  func exchange(_ call: DialectCall) -> DialectExchange {
    let request = call.request
    var body: JSONValue = [
      "model": .string(call.target.model), "max_tokens": .int(Int64(call.maximumOutputTokens)), "stream": true,
      "messages": .array(Self.turns(call.messages)),
    ]
    let system = call.messages.filter { $0.role == .system }.map(\.text).joined(separator: "\n\n")
    if !system.isEmpty { body["system"] = .string(system) }
    let thinks = thinking(call)
    body["thinking"] = thinks
    // A model that thinks takes no temperature.
    if thinks == nil, call.target.capabilities.contains(.temperature) {
      body["temperature"] = request.temperature.map { .double($0) }
    }
    if !request.stop.isEmpty { body["stop_sequences"] = .array(request.stop.map { .string($0) }) }
    if case .json(_, let schema) = request.format {
      body["tools"] = [
        [
          "name": .string(Self.answerTool), "description": "Gives the answer.", "input_schema": schema,
        ]
      ]
      body["tool_choice"] = ["type": "tool", "name": .string(Self.answerTool)]
    } else if !request.tools.isEmpty {
      body["tools"] = .array(
        request.tools.map {
          ["name": .string($0.name), "description": .string($0.description), "input_schema": $0.parameters]
        })
      body["tool_choice"] =
        switch request.toolChoice {
        case .automatic: ["type": "auto"]
        case .none: ["type": "none"]
        case .required: ["type": "any"]
        case .tool(let name): ["type": "tool", "name": .string(name)]
        }
    }
    var headers: HTTPClient.Headers = [
      "content-type": "application/json", "accept": "text/event-stream", "anthropic-version": "2023-06-01",
    ]
    if let key = call.provider.apiKey { headers.add("x-api-key", key.value) }
    return DialectExchange(url: call.provider.baseURL + "/v1/messages", headers: headers, body: body)
  }

  func effortObstacle(_ request: ChatRequest) -> String? {
    guard case .text = request.format, request.tools.isEmpty else {
      return "its protocol has no thinking beside a schema or tools, so the effort is left out"
    }
    return nil
  }

  /// Thinking has its part of the answer's tokens, 1,024 at least.
  private func thinking(_ call: DialectCall) -> JSONValue? {
    guard call.target.capabilities.contains(.reasoning), let effort = call.request.reasoningEffort,
      effortObstacle(call.request) == nil
    else { return nil }
    let tokens =
      switch effort {
      case .low: call.maximumOutputTokens / 4
      case .medium: call.maximumOutputTokens / 2
      case .high: call.maximumOutputTokens / 4 * 3
      }
    return tokens >= 1_024 ? ["type": "enabled", "budget_tokens": .int(Int64(tokens))] : nil
  }

  func decoder() -> any ChatStreamDecoder { AnthropicStreamDecoder() }

  func whole(_ body: JSONValue) throws(LLMError) -> RawAnswer {
    if let error = body["error"], error != .null {
      var failure = Self.error(status: 500, body, body.bytes)
      failure.mayHaveBeenPaid = true
      throw failure
    }
    guard let content = body["content"]?.array else {
      throw LLMError(.protocolViolation, "the answer has no content", mayHaveBeenPaid: true)
    }
    var answer = RawAnswer()
    answer.model = body["model"]?.string
    for block in content {
      switch block["type"]?.string {
      case "text": answer.text += block["text"]?.string ?? ""
      case "tool_use":
        let input = (block["input"] ?? [:]).text
        if block["name"]?.string == Self.answerTool {
          answer.text += input
        } else {
          answer.toolCalls.append(
            .init(id: block["id"]?.string ?? "", name: block["name"]?.string ?? "", arguments: input))
        }
      default: break
      }
    }
    answer.finish = Self.finish(body["stop_reason"]?.string, hasCalls: !answer.toolCalls.isEmpty)
    answer.tokens = Self.tokens(body["usage"], nil)
    return answer
  }

  func failure(status: Int, body: [UInt8]) -> LLMError {
    Self.error(status: status, try? JSONValue(parsing: body), body)
  }

  static func error(status: Int, _ value: JSONValue?, _ body: [UInt8]) -> LLMError {
    let error = value?["error"]
    let message = error?["message"]?.string ?? HTTPFailure.excerpt(body)
    let code: LLMError.Code =
      switch error?["type"]?.string {
      case "authentication_error", "permission_error": .credentials
      case "billing_error": .quota
      case "rate_limit_error": .throttled
      case "overloaded_error", "api_error": .unavailable
      case "timeout_error": .timeout
      case "request_too_large": .tooLong
      default: HTTPFailure.code(status: status, message: message)
      }
    return LLMError(code, message, status: status)
  }

  static func finish(_ word: String?, hasCalls: Bool) -> FinishReason? {
    switch word {
    case nil: nil
    case "max_tokens", "model_context_window_exceeded": .length
    case "refusal": .filtered
    case "tool_use": hasCalls ? .toolCalls : .stop
    default: .stop
    }
  }

  /// Its `input_tokens` are those beside the cache: our input is all of them.
  static func tokens(_ usage: JSONValue?, _ known: TokenCount?) -> TokenCount? {
    guard let usage else { return known }
    var count = known ?? TokenCount()
    if let plain = TokenCount.count(usage["input_tokens"]) {
      count.cached = TokenCount.count(usage["cache_read_input_tokens"]) ?? count.cached
      count.cacheWrite = TokenCount.count(usage["cache_creation_input_tokens"]) ?? count.cacheWrite
      count.input = plain + count.cached + count.cacheWrite
    }
    if let output = TokenCount.count(usage["output_tokens"]) { count.output = output }
    return count
  }

  /// Turns alternate: neighbours of one role are joined, and tool results are the user's.
  private static func turns(_ messages: [ChatMessage]) -> [JSONValue] {
    var turns: [(role: String, content: [JSONValue])] = []
    for message in messages where message.role != .system {
      let role = message.role == .assistant ? "assistant" : "user"
      var content: [JSONValue] = []
      if message.role == .tool {
        content = [
          [
            "type": "tool_result", "tool_use_id": .string(message.toolCallID ?? ""),
            "content": .string(message.text),
          ]
        ]
      } else {
        content = message.content.compactMap(piece)
        content += message.toolCalls.map {
          ["type": "tool_use", "id": .string($0.id), "name": .string($0.name), "input": $0.arguments]
        }
      }
      guard !content.isEmpty else { continue }
      if turns.last?.role == role {
        turns[turns.count - 1].content += content
      } else {
        turns.append((role, content))
      }
    }
    return turns.map { ["role": .string($0.role), "content": .array($0.content)] }
  }

  private static func piece(_ piece: ChatContent) -> JSONValue? {
    switch piece {
    // An empty text block is refused by the provider.
    case .text(let text): text.isEmpty ? nil : ["type": "text", "text": .string(text)]
    case .image(let url): ["type": "image", "source": source(url)]
    case .file(let url, _): ["type": "document", "source": source(url)]
    }
  }

  private static func source(_ url: String) -> JSONValue {
    guard let data = DataURL(url) else { return ["type": "url", "url": .string(url)] }
    return ["type": "base64", "media_type": .string(data.mediaType), "data": .string(data.base64)]
  }
}
