internal import HeadraceCore

/// Puts an answer together from the events of a Messages stream. The end mark is `message_stop`.
struct AnthropicStreamDecoder: ChatStreamDecoder {
  private(set) var isComplete = false
  private(set) var answer = RawAnswer()
  private enum Block {
    case text
    case answer
    case call(Int)
    case other
  }
  private var blocks: [Int64: Block] = [:]

  mutating func consume(_ event: StreamedEvent) throws(LLMError) -> String {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: event.data)
    } catch {
      throw LLMError(.protocolViolation, "an event is \(error)", mayHaveBeenPaid: true)
    }
    switch value["type"]?.string {
    case "message_start":
      answer.model = value["message"]?["model"]?.string
      answer.tokens = AnthropicDialect.tokens(value["message"]?["usage"], answer.tokens)
    case "content_block_start": return start(value["index"]?.int ?? 0, value["content_block"] ?? .null)
    case "content_block_delta": return add(value["index"]?.int ?? 0, value["delta"] ?? .null)
    case "message_delta":
      answer.finish =
        AnthropicDialect.finish(value["delta"]?["stop_reason"]?.string, hasCalls: !answer.toolCalls.isEmpty)
        ?? answer.finish
      answer.tokens = AnthropicDialect.tokens(value["usage"], answer.tokens)
    case "message_stop": isComplete = true
    case "error":
      var failure = AnthropicDialect.error(status: 500, value, event.data)
      failure.mayHaveBeenPaid = true
      throw failure
    default: break
    }
    return ""
  }

  private mutating func start(_ index: Int64, _ block: JSONValue) -> String {
    guard blocks.count < 1_024 else { return "" }
    switch block["type"]?.string {
    case "text":
      blocks[index] = .text
      let text = block["text"]?.string ?? ""
      answer.text += text
      return text
    case "tool_use" where block["name"]?.string == AnthropicDialect.answerTool: blocks[index] = .answer
    case "tool_use":
      blocks[index] = .call(answer.toolCalls.count)
      answer.toolCalls.append(.init(id: block["id"]?.string ?? "", name: block["name"]?.string ?? ""))
    default: blocks[index] = .other
    }
    return ""
  }

  private mutating func add(_ index: Int64, _ delta: JSONValue) -> String {
    switch (blocks[index], delta["type"]?.string) {
    case (.text, "text_delta"), (nil, "text_delta"):
      let text = delta["text"]?.string ?? ""
      answer.text += text
      return text
    case (.answer, "input_json_delta"):
      let text = delta["partial_json"]?.string ?? ""
      answer.text += text
      return text
    case (.call(let place), "input_json_delta"):
      answer.toolCalls[place].arguments += delta["partial_json"]?.string ?? ""
      return ""
    default: return ""
    }
  }
}
