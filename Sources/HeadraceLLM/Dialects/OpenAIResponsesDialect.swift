internal import HeadraceCore
internal import HeadraceHTTP

/// OpenAI's Responses. Nothing is stored at the provider.
struct OpenAIResponsesDialect: ChatDialect {
  var hasSeed: Bool { false }

  func unsupported(_ request: ChatRequest) -> String? {
    request.stop.isEmpty ? nil : "its protocol has no stop texts"
  }

  func exchange(_ call: DialectCall) -> DialectExchange {
    let request = call.request
    var body: JSONValue = [
      "model": .string(call.target.model), "input": .array(Self.items(call.messages)), "stream": true,
      "store": false, "max_output_tokens": .int(Int64(call.maximumOutputTokens)),
    ]
    let system = call.messages.filter { $0.role == .system }.map(\.text).joined(separator: "\n\n")
    if !system.isEmpty { body["instructions"] = .string(system) }
    if call.target.capabilities.contains(.reasoning) {
      if let effort = request.reasoningEffort { body["reasoning"] = ["effort": .string(effort.rawValue)] }
    }
    if call.target.capabilities.contains(.temperature) {
      body["temperature"] = request.temperature.map { .double($0) }
    }
    if case .json(let name, let schema) = request.format {
      let (schema, isStrict) = StrictSchema.adapted(schema, for: call.provider)
      body["text"] = [
        "format": [
          "type": "json_schema", "name": .string(OpenAIChatDialect.identifier(name)), "strict": .bool(isStrict),
          "schema": schema,
        ]
      ]
    }
    if !request.tools.isEmpty {
      body["tools"] = .array(
        request.tools.map {
          [
            "type": "function", "name": .string($0.name), "description": .string($0.description),
            "parameters": $0.parameters,
          ]
        })
      body["tool_choice"] =
        switch request.toolChoice {
        case .automatic: "auto"
        case .none: "none"
        case .required: "required"
        case .tool(let name): ["type": "function", "name": .string(name)]
        }
    }
    var headers: HTTPClient.Headers = ["content-type": "application/json", "accept": "text/event-stream"]
    if let key = call.provider.apiKey { headers.add("authorization", "Bearer \(key.value)") }
    return DialectExchange(url: call.provider.baseURL + "/responses", headers: headers, body: body)
  }

  func decoder() -> any ChatStreamDecoder { OpenAIResponsesStreamDecoder() }

  func whole(_ body: JSONValue) throws(LLMError) -> RawAnswer {
    var decoder = OpenAIResponsesStreamDecoder()
    try decoder.finish(body)
    return decoder.answer
  }

  func failure(status: Int, body: [UInt8]) -> LLMError { OpenAIFailure.error(status: status, body: body) }

  private static func items(_ messages: [ChatMessage]) -> [JSONValue] {
    var items: [JSONValue] = []
    for message in messages where message.role != .system {
      if message.role == .tool {
        items.append([
          "type": "function_call_output", "call_id": .string(message.toolCallID ?? ""),
          "output": .string(message.text),
        ])
        continue
      }
      if !message.content.isEmpty {
        items.append([
          "role": .string(message.role.rawValue),
          "content": .array(message.content.map { piece($0, isAnswer: message.role == .assistant) }),
        ])
      }
      items += message.toolCalls.map {
        [
          "type": "function_call", "call_id": .string($0.id), "name": .string($0.name),
          "arguments": .string($0.arguments.text),
        ]
      }
    }
    return items
  }

  private static func piece(_ piece: ChatContent, isAnswer: Bool) -> JSONValue {
    switch piece {
    case .text(let text): ["type": isAnswer ? "output_text" : "input_text", "text": .string(text)]
    case .image(let url): ["type": "input_image", "image_url": .string(url)]
    case .file(let url, _):
      DataURL(url) == nil
        ? ["type": "input_file", "file_url": .string(url)]
        : ["type": "input_file", "filename": "file", "file_data": .string(url)]
    }
  }
}
