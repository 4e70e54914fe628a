extension ChatRequest {
  /// Refuses what no provider could make sense of.
  ///
  /// - Throws: ``LLMError`` of code `invalidRequest`.
  func validate() throws {
    func wrong(_ what: String) -> LLMError { LLMError(.invalidRequest, what) }
    guard messages.contains(where: { $0.role != .system }) else {
      throw wrong("there is no message beside the system's")
    }
    let firstOther = messages.firstIndex { $0.role != .system } ?? messages.endIndex
    guard !messages[firstOther...].contains(where: { $0.role == .system }) else {
      throw wrong("system messages come before all others")
    }
    if let temperature, !(0...2).contains(temperature) { throw wrong("the temperature is not within 0 and 2") }
    if let maximumOutputTokens, maximumOutputTokens < 1 { throw wrong("at least one token of output") }
    guard Set(tools.map(\.name)).count == tools.count else { throw wrong("two tools have one name") }
    if case .tool(let name) = toolChoice, !tools.contains(where: { $0.name == name }) {
      throw wrong("the tool \(name) that must be called is not among the tools")
    }
    guard timeout > .zero else { throw wrong("the time allowed is nothing") }
  }

  /// Whether an equal request may be answered from memory.
  var isCacheable: Bool {
    switch cache {
    case .always: true
    case .never: false
    case .whereRepeatable: temperature == 0 && tools.isEmpty
    }
  }
}
