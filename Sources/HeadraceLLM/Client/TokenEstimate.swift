internal import HeadraceCore

/// A quick guess at tokens before a provider has counted them; on the high side, for reservations.
enum TokenEstimate {
  /// About four bytes a token in Latin script, and about one and a half tokens for two characters elsewhere.
  static func tokens(in text: String) -> Int {
    var ascii = 0
    var other = 0
    for scalar in text.unicodeScalars {
      if scalar.value < 0x80 { ascii += 1 } else { other += 1 }
    }
    return (ascii * 2 + 6) / 7 + other
  }

  static func tokens(in request: ChatRequest, _ messages: [ChatMessage]) -> Int {
    var sum = 8
    for message in messages {
      sum += 6
      for piece in message.content {
        switch piece {
        case .text(let text): sum += tokens(in: text)
        case .image: sum += 1_200
        case .file: sum += 4_000
        }
      }
      for call in message.toolCalls { sum += 16 + tokens(in: call.arguments.text) }
    }
    if case .json(_, let schema) = request.format { sum += tokens(in: schema.text) }
    for tool in request.tools { sum += 16 + tokens(in: tool.description) + tokens(in: tool.parameters.text) }
    return sum
  }
}
