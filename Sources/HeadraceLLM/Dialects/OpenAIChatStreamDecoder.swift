internal import HeadraceCore

/// Puts an answer together from the chunks of a Chat Completions stream. The end mark is `[DONE]`.
struct OpenAIChatStreamDecoder: ChatStreamDecoder {
  private(set) var isComplete = false
  private(set) var answer = RawAnswer()

  mutating func consume(_ event: StreamedEvent) throws(LLMError) -> String {
    if event.data.elementsEqual("[DONE]".utf8) {
      isComplete = true
      return ""
    }
    let chunk: JSONValue
    do {
      chunk = try JSONValue(parsing: event.data)
    } catch {
      throw LLMError(.protocolViolation, "a chunk is \(error)", mayHaveBeenPaid: true)
    }
    if let error = chunk["error"] {
      var failure = OpenAIFailure.error(
        status: Int(error["code"]?.int ?? 500), body: chunk.bytes)
      failure.mayHaveBeenPaid = true
      throw failure
    }
    if let model = chunk["model"]?.string { answer.model = model }
    if let tokens = OpenAIChatDialect.tokens(chunk["usage"]) { answer.tokens = tokens }
    guard let choice = chunk["choices"]?[0] else { return "" }
    if let finish = OpenAIChatDialect.finish(choice["finish_reason"]?.string) { answer.finish = finish }
    guard let delta = choice["delta"] else { return "" }
    for call in delta["tool_calls"]?.array ?? [] { add(call) }
    if let refusal = delta["refusal"]?.string { answer.refusal = (answer.refusal ?? "") + refusal }
    guard let text = delta["content"]?.string else { return "" }
    answer.text += text
    return text
  }

  private mutating func add(_ call: JSONValue) {
    let index = Int(call["index"]?.int ?? 0)
    // A stream that counts wildly must not make us allocate.
    guard (0..<256).contains(index) else { return }
    while answer.toolCalls.count <= index { answer.toolCalls.append(.init()) }
    if let id = call["id"]?.string { answer.toolCalls[index].id = id }
    if let name = call["function"]?["name"]?.string { answer.toolCalls[index].name += name }
    if let arguments = call["function"]?["arguments"]?.string { answer.toolCalls[index].arguments += arguments }
  }
}
