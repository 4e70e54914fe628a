internal import HeadraceCore

/// Takes the JSON out of an answer and checks it.
enum StructuredAnswer {
  static func value(of text: String, schema: JSONValue, finish: FinishReason?) throws(LLMError) -> JSONValue {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: unwrapped(text))
    } catch {
      if finish == .length {
        throw LLMError(.truncated, "the token limit cut the answer before its JSON was complete", mayHaveBeenPaid: true)
      }
      throw LLMError(.invalidAnswer, "it is \(error)", mayHaveBeenPaid: true)
    }
    let problems = JSONSchemaValidator(schema).problems(in: value)
    guard problems.isEmpty else {
      throw LLMError(.invalidAnswer, problems.joined(separator: "; "), mayHaveBeenPaid: true)
    }
    return value
  }

  /// Models without enforcement like to put JSON into a fence, or to say a word before it.
  static func unwrapped(_ text: String) -> String {
    var text = Substring(text)
    if let fence = text.firstRange(of: "```") {
      text = text[fence.upperBound...]
      if let lineEnd = text.firstIndex(of: "\n") { text = text[text.index(after: lineEnd)...] }
      if let end = text.firstRange(of: "```") { text = text[..<end.lowerBound] }
    }
    guard let start = text.firstIndex(where: { $0 == "{" || $0 == "[" }),
      let end = text.lastIndex(where: { $0 == "}" || $0 == "]" }), start < end
    else { return String(text) }
    return String(text[start...end])
  }
}
