internal import HeadraceCore

/// What an error of OpenAI's form means: `{"error": {"message", "type", "code"}}`.
enum OpenAIFailure {
  static func error(status: Int, body: [UInt8]) -> LLMError {
    let value = try? JSONValue(parsing: body)
    // Gemini's compatible face puts it into an array; frameworks of servers say `detail`.
    let error = value?["error"] ?? value?[0]?["error"] ?? value ?? .null
    let message =
      error["message"]?.string ?? error.string ?? error["detail"]?.string ?? value?["message"]?.string
      ?? HTTPFailure.excerpt(body)
    let words = [error["type"]?.string, error["code"]?.string].compactMap { $0 }
    func isAny(_ list: String...) -> Bool { words.contains { list.contains($0) } }
    let code: LLMError.Code =
      if isAny("insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated") {
        .quota
      } else if isAny("exceed_context_size_error", "context_length_exceeded", "string_above_max_length") {
        .tooLong
      } else if isAny("rate_limit_exceeded") {
        .throttled
      } else if isAny("content_filter", "content_policy_violation", "invalid_prompt") {
        .refused
      } else if isAny("model_not_found") {
        .unknownModel
      } else {
        HTTPFailure.code(status: status, message: message)
      }
    return LLMError(code, message, status: status)
  }

  /// The error that stands in an answer or chunk whose status was 200, if one does. `"error": null` is none.
  static func inside(_ body: JSONValue) -> LLMError? {
    guard let error = body["error"] ?? body[0]?["error"], error != .null else { return nil }
    let code = error["code"]?.int ?? error["code"]?.string.flatMap { Int64($0) } ?? error["status"]?.int
    let status = code.flatMap { (400..<600).contains($0) ? Int($0) : nil } ?? 500
    var failure = Self.error(status: status, body: body.bytes)
    failure.mayHaveBeenPaid = true
    return failure
  }
}
