internal import HeadraceCore
internal import HeadraceHTTP

/// Gemini's generateContent, streamed as server-sent events.
struct GeminiDialect: ChatDialect {
  func unsupported(_ request: ChatRequest) -> String? {
    if case .json = request.format, !request.tools.isEmpty { return "its protocol has no JSON schema beside tools" }
    if request.stop.count > 5 { return "it takes five stop texts" }
    return nil
  }

  func exchange(_ call: DialectCall) -> DialectExchange {
    let request = call.request
    var generation: JSONValue = ["maxOutputTokens": .int(Int64(call.maximumOutputTokens))]
    if call.target.capabilities.contains(.temperature) {
      generation["temperature"] = request.temperature.map { .double($0) }
    }
    // Its seed has 32 bits.
    generation["seed"] = request.seed.map { .int(Int64(Int32(truncatingIfNeeded: $0))) }
    if !request.stop.isEmpty { generation["stopSequences"] = .array(request.stop.map { .string($0) }) }
    if case .json(_, let schema) = request.format {
      generation["responseMimeType"] = "application/json"
      generation["responseJsonSchema"] = schema
    }
    if call.target.capabilities.contains(.reasoning), let effort = request.reasoningEffort {
      generation["thinkingConfig"] = Self.thinking(effort, call.target.model)
    }
    var body: JSONValue = ["contents": .array(Self.contents(call.messages)), "generationConfig": generation]
    let system = call.messages.filter { $0.role == .system }.map(\.text).joined(separator: "\n\n")
    if !system.isEmpty { body["systemInstruction"] = ["parts": [["text": .string(system)]]] }
    if !request.tools.isEmpty {
      body["tools"] = [
        [
          "functionDeclarations": .array(
            request.tools.map {
              [
                "name": .string($0.name), "description": .string($0.description),
                "parametersJsonSchema": $0.parameters,
              ]
            })
        ]
      ]
      let config: JSONValue =
        switch request.toolChoice {
        case .automatic: ["mode": "AUTO"]
        case .none: ["mode": "NONE"]
        case .required: ["mode": "ANY"]
        case .tool(let name): ["mode": "ANY", "allowedFunctionNames": [.string(name)]]
        }
      body["toolConfig"] = ["functionCallingConfig": config]
    }
    var headers: HTTPClient.Headers = ["content-type": "application/json", "accept": "text/event-stream"]
    // In a header: a key in the URL ends up in logs.
    if let key = call.provider.apiKey { headers.add("x-goog-api-key", key.value) }
    let url = "\(call.provider.baseURL)/v1beta/models/\(call.target.model):streamGenerateContent?alt=sse"
    return DialectExchange(url: url, headers: headers, body: body)
  }

  func decoder() -> any ChatStreamDecoder { GeminiStreamDecoder() }

  func whole(_ body: JSONValue) throws(LLMError) -> RawAnswer {
    // Without `alt=sse` it streams an array of the same chunks.
    var decoder = GeminiStreamDecoder()
    for chunk in body.array ?? [body] { _ = try decoder.consume(chunk) }
    return decoder.answer
  }

  func failure(status: Int, body: [UInt8]) -> LLMError {
    Self.error(status: status, try? JSONValue(parsing: body), body)
  }

  static func error(status: Int, _ value: JSONValue?, _ body: [UInt8]) -> LLMError {
    let error = value?["error"] ?? value?[0]?["error"]
    let message = error?["message"]?.string ?? HTTPFailure.excerpt(body)
    let details = error?["details"]?.array ?? []
    let code: LLMError.Code =
      switch error?["status"]?.string {
      case "UNAUTHENTICATED": .credentials
      case "INVALID_ARGUMENT" where message.lowercased().contains("api key"): .credentials
      case "NOT_FOUND": .unknownModel
      case "RESOURCE_EXHAUSTED":
        // The daily allowance comes with the same status as the minute's.
        details.contains { $0.text.contains("PerDay") } ? .quota : .throttled
      case "UNAVAILABLE", "INTERNAL": .unavailable
      case "DEADLINE_EXCEEDED": .timeout
      default: HTTPFailure.code(status: status, message: message)
      }
    var failure = LLMError(code, message, status: status)
    failure.retryAfter = details.compactMap { $0["retryDelay"]?.string }.compactMap(RetryAdvice.goDuration).first
    return failure
  }

  /// From its third generation on models take a level, before it a number of tokens.
  private static func thinking(_ effort: ReasoningEffort, _ model: String) -> JSONValue {
    if ["gemini-1", "gemini-2"].contains(where: { model.contains($0) }) {
      let tokens: Int64 =
        switch effort {
        case .low: 1_024
        case .medium: 8_192
        case .high: 24_576
        }
      return ["thinkingBudget": .int(tokens)]
    }
    return ["thinkingLevel": effort == .low ? "low" : "high"]
  }

  private static func contents(_ messages: [ChatMessage]) -> [JSONValue] {
    var names: [String: String] = [:]
    var contents: [(role: String, parts: [JSONValue])] = []
    for message in messages where message.role != .system {
      for call in message.toolCalls { names[call.id] = call.name }
      let role = message.role == .assistant ? "model" : "user"
      var parts: [JSONValue]
      if message.role == .tool {
        let id = message.toolCallID ?? ""
        let result = (try? JSONValue(parsing: message.text)).flatMap { $0.members == nil ? nil : $0 }
        parts = [
          [
            "functionResponse": [
              "name": .string(names[id] ?? id), "response": result ?? ["result": .string(message.text)],
            ]
          ]
        ]
      } else {
        // An empty part is refused by the provider.
        parts = message.content.filter { $0.text?.isEmpty != true }.map(part)
        parts += message.toolCalls.map {
          ["functionCall": ["name": .string($0.name), "args": $0.arguments]]
        }
      }
      guard !parts.isEmpty else { continue }
      if contents.last?.role == role {
        contents[contents.count - 1].parts += parts
      } else {
        contents.append((role, parts))
      }
    }
    return contents.map { ["role": .string($0.role), "parts": .array($0.parts)] }
  }

  private static func part(_ piece: ChatContent) -> JSONValue {
    switch piece {
    case .text(let text): ["text": .string(text)]
    case .image(let url): file(url, mediaType: "image/*")
    case .file(let url, let type): file(url, mediaType: type)
    }
  }

  private static func file(_ url: String, mediaType: String) -> JSONValue {
    if let data = DataURL(url) {
      return ["inlineData": ["mimeType": .string(data.mediaType), "data": .string(data.base64)]]
    }
    return ["fileData": ["mimeType": .string(mediaType), "fileUri": .string(url)]]
  }
}
