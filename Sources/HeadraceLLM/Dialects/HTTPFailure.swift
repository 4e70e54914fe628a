internal import HeadraceHTTP

/// What a status and a message mean where the provider's own words don't decide.
enum HTTPFailure {
  static func code(status: Int, message: String) -> LLMError.Code {
    let message = message.lowercased()
    func says(_ list: String...) -> Bool { list.contains { message.contains($0) } }
    switch status {
    case 400, 413, 422:
      // Providers report an empty purse as 400 as well: a route that is not paused then fails for hours.
      if says("credit balance", "quota", "billing", "insufficient funds", "budget") { return .quota }
      if status == 413 || says("context length", "context window", "context size", "too long", "too many tokens") {
        return .tooLong
      }
      if says("content policy", "content management policy", "safety") { return .refused }
      return .rejected
    case 401: return .credentials
    case 402: return .quota
    case 403:
      return says("quota", "billing", "credit", "limit exceeded", "suspended") ? .quota : .credentials
    case 404: return .unknownModel
    case 408, 425, 499: return .timeout
    case 429: return says("quota", "billing", "credit") && !says("per minute", "retry in") ? .quota : .throttled
    case 501, 505: return .rejected
    case 500...: return .unavailable
    default: return .protocolViolation
    }
  }

  /// The start of a body, for an error's detail.
  static func excerpt(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(300), as: UTF8.self)
    return text.isEmpty ? "no explanation" : text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
