internal import HeadraceCore

/// Puts an answer together from the chunks of a Chat Completions stream. The end mark is `[DONE]`.
struct OpenAIChatStreamDecoder: ChatStreamDecoder {
  private(set) var isComplete = false
  private(set) var answer = RawAnswer()
  /// Where the call of an index of the stream stands in the answer.
  private var places: [Int: Int] = [:]

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
    if let failure = OpenAIFailure.inside(event.name == "error" && chunk["error"] == nil ? ["error": chunk] : chunk) {
      throw failure
    }
    if let model = chunk["model"]?.string { answer.model = model }
    if let tokens = OpenAIChatDialect.tokens(chunk["usage"]) { answer.tokens = tokens }
    guard let choice = chunk["choices"]?[0] else { return "" }
    if let finish = try OpenAIChatDialect.finish(choice["finish_reason"]?.string) { answer.finish = finish }
    guard let delta = choice["delta"] else { return "" }
    for call in delta["tool_calls"]?.array ?? [] { add(call) }
    if let refusal = delta["refusal"]?.string { answer.refusal = (answer.refusal ?? "") + refusal }
    let text = OpenAIChatDialect.text(delta["content"])
    answer.text += text
    return text
  }

  private mutating func add(_ call: JSONValue) {
    let index = Int(call["index"]?.int ?? 0)
    let id = call["id"]?.string ?? ""
    var place = places[index]
    // Some servers give every call the index 0, each with an id of its own.
    if let known = place, !id.isEmpty, !answer.toolCalls[known].id.isEmpty, answer.toolCalls[known].id != id {
      place = nil
    }
    if place == nil {
      // A stream that counts wildly must not make us allocate.
      guard answer.toolCalls.count < 256, (0..<65_536).contains(index) else { return }
      place = answer.toolCalls.count
      answer.toolCalls.append(.init())
    }
    guard let place else { return }
    places[index] = place
    if !id.isEmpty { answer.toolCalls[place].id = id }
    // Some say the name in every piece of a call.
    if let name = call["function"]?["name"]?.string, name != answer.toolCalls[place].name {
      answer.toolCalls[place].name += name
    }
    switch call["function"]?["arguments"] {
    case .string(let arguments)?: answer.toolCalls[place].arguments += arguments
    // Arguments as an object are nobody's protocol, and come all the same.
    case let value? where value.members != nil: answer.toolCalls[place].arguments += value.text
    default: break
    }
  }
}
