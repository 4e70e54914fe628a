import HeadraceCore
import HeadraceHTTP
import Testing

@testable import HeadraceLLM

/// What comes back, where servers differ from their own documentation or from each other.
@Suite struct StreamDecoderTests {
  private func read(_ dialect: any ChatDialect, _ events: String...) throws -> RawAnswer {
    var decoder = dialect.decoder()
    for event in events { _ = try decoder.consume(StreamedEvent(data: Array(event.utf8))) }
    return decoder.answer
  }

  private func failure(_ dialect: any ChatDialect, _ events: String...) -> LLMError? {
    var decoder = dialect.decoder()
    do {
      for event in events { _ = try decoder.consume(StreamedEvent(data: Array(event.utf8))) }
    } catch { return error }
    return nil
  }

  @Test func callsThatAllBearTheIndexZeroAreToldApartByTheirIDs() throws {
    let answer = try read(
      OpenAIChatDialect(),
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{}"}},{"index":0,"id":"b","function":{"name":"two","arguments":"{\"x\":"}}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}"#,
      #"{"choices":[{"delta":{"tool_calls":[{"index":7,"id":"c","function":{"name":"three","arguments":{"y":2}}}]},"finish_reason":"tool_calls"}]}"#
    )
    #expect(answer.toolCalls.map(\.name) == ["one", "two", "three"])
    #expect(answer.toolCalls.map(\.arguments) == ["{}", #"{"x":1}"#, #"{"y":2}"#])
  }

  @Test func anAnswerThatTheServerGaveUpIsNone() {
    for word in ["error", "abort", "insufficient_system_resource"] {
      let error = failure(
        OpenAIChatDialect(), #"{"choices":[{"delta":{"content":"half"}}]}"#,
        #"{"choices":[{"delta":{},"finish_reason":"\#(word)"}]}"#)
      #expect(error?.failureClass == .transient && error?.mayHaveBeenPaid == true)
    }
    let gemini = failure(GeminiDialect(), #"{"candidates":[{"finishReason":"OTHER"}]}"#)
    #expect(gemini?.failureClass == .transient)
    let malformed = failure(GeminiDialect(), #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#)
    #expect(malformed?.code == .invalidAnswer)
  }

  @Test func filtersAndBlocks() throws {
    for word in ["SAFETY", "LANGUAGE", "SPII", "RECITATION"] {
      let answer = try read(
        GeminiDialect(), #"{"candidates":[{"content":{"parts":[{"text":"so"}]},"finishReason":"\#(word)"}]}"#)
      #expect(answer.finish == .filtered)
    }
    let blocked = try read(GeminiDialect(), #"{"promptFeedback":{"blockReason":"SAFETY"}}"#)
    #expect(blocked.refusal?.contains("SAFETY") == true)
    let refused = try read(
      AnthropicDialect(), #"{"type":"message_delta","delta":{"stop_reason":"refusal"},"usage":{"output_tokens":0}}"#)
    #expect(refused.finish == .filtered)
    let refusal = try read(OpenAIChatDialect(), #"{"choices":[{"delta":{"refusal":"No."}}]}"#)
    #expect(refusal.refusal == "No.")
    let item = try read(
      OpenAIResponsesDialect(),
      #"{"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}}"#
    )
    #expect(item.refusal == "No.")
  }

  @Test func tokensOfEveryKind() throws {
    let openAI = try read(
      OpenAIChatDialect(),
      #"{"choices":[],"usage":{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":30}}}"#
    )
    #expect(openAI.tokens == TokenCount(input: 100, cached: 60, output: 50, reasoning: 30))
    let deepSeek = try read(
      OpenAIChatDialect(),
      #"{"choices":[],"usage":{"prompt_tokens":100,"prompt_cache_hit_tokens":64,"completion_tokens":5}}"#)
    #expect(deepSeek.tokens?.cached == 64)
    let anthropic = try read(
      AnthropicDialect(),
      #"{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":20,"cache_creation_input_tokens":5,"output_tokens":1}}}"#,
      #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}"#)
    #expect(anthropic.tokens == TokenCount(input: 35, cached: 20, cacheWrite: 5, output: 7))
    let gemini = try read(
      GeminiDialect(),
      #"{"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":6}}"#
    )
    #expect(gemini.tokens == TokenCount(input: 10, cached: 4, output: 9, reasoning: 6))
    let responses = try read(
      OpenAIResponsesDialect(),
      #"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"},"output":[],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":8,"output_tokens_details":{"reasoning_tokens":8}}}}"#
    )
    #expect(responses.tokens == TokenCount(input: 9, cached: 2, output: 8, reasoning: 8))
    #expect(responses.finish == .length)
  }

  @Test func errorsOfEveryForm() {
    func code(_ dialect: any ChatDialect, _ status: Int, _ body: String) -> LLMError.Code {
      dialect.failure(status: status, body: Array(body.utf8)).code
    }
    let openAI = OpenAIChatDialect()
    #expect(code(openAI, 429, #"{"error":{"code":"insufficient_quota","message":"x"}}"#) == .quota)
    #expect(code(openAI, 429, #"{"error":{"code":"rate_limit_exceeded","message":"x"}}"#) == .throttled)
    #expect(code(openAI, 400, #"{"error":{"code":"context_length_exceeded","message":"x"}}"#) == .tooLong)
    #expect(
      code(openAI, 400, #"[{"error":{"code":400,"message":"API key not valid. Your credit balance"}}]"#) == .quota)
    #expect(code(openAI, 404, #"{"detail":"Not Found"}"#) == .unknownModel)
    #expect(openAI.failure(status: 404, body: Array(#"{"detail":"Not Found"}"#.utf8)).detail == "Not Found")
    #expect(code(openAI, 502, "<html>Bad gateway</html>") == .unavailable)
    let anthropic = AnthropicDialect()
    #expect(
      code(anthropic, 529, #"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#) == .unavailable)
    #expect(code(anthropic, 401, #"{"type":"error","error":{"type":"authentication_error"}}"#) == .credentials)
    #expect(
      code(
        anthropic, 400,
        #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}"#)
        == .tooLong)
    let gemini = GeminiDialect()
    let limited = gemini.failure(
      status: 429,
      body: Array(
        #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"x","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"13s"}]}}"#
          .utf8))
    #expect(limited.code == .throttled && limited.retryAfter == .seconds(13))
    #expect(
      code(gemini, 400, #"{"error":{"status":"INVALID_ARGUMENT","message":"API key not valid."}}"#) == .credentials)
    #expect(
      code(gemini, 400, #"{"error":{"status":"FAILED_PRECONDITION","message":"Please enable billing."}}"#) == .quota)
  }

  @Test func howMuchToThink() {
    func body(_ dialect: any ChatDialect, _ model: String, _ change: (inout ChatRequest) -> Void = { _ in })
      -> JSONValue
    {
      var request = ChatRequest(messages: [.user("u")])
      request.reasoningEffort = .medium
      request.temperature = 0.5
      change(&request)
      let target = TargetConfiguration(
        provider: "p", model: model, capabilities: [.reasoning, .temperature, .tools, .jsonSchema])
      let provider = ProviderConfiguration(name: "p", dialect: .anthropic, baseURL: "http://x")
      return dialect.exchange(
        DialectCall(
          request: request, messages: request.messages, target: target, provider: provider, maximumOutputTokens: 8_000)
      ).body
    }
    let claude = body(AnthropicDialect(), "claude-opus-4-5")
    #expect(claude["thinking"] == ["type": "enabled", "budget_tokens": 4_000] && claude["temperature"] == nil)
    let withSchema = body(AnthropicDialect(), "claude-opus-4-5") { $0.format = .json(name: "x", schema: [:]) }
    #expect(withSchema["thinking"] == nil && withSchema["temperature"] == 0.5)
    #expect(
      body(GeminiDialect(), "gemini-2.5-pro")["generationConfig"]?["thinkingConfig"] == ["thinkingBudget": 8_192])
    #expect(body(GeminiDialect(), "gemini-3-pro")["generationConfig"]?["thinkingConfig"] == ["thinkingLevel": "high"])
  }

  @Test func vectorsOfGemini() throws {
    let dialect = GeminiEmbeddingDialect()
    var request = EmbeddingRequest(texts: ["a", "b"], model: "gemini-embedding-001")
    request.dimensions = 2
    let wire = dialect.exchange(
      request, TargetConfiguration(provider: "g", model: "gemini-embedding-001"),
      ProviderConfiguration(name: "g", dialect: .gemini, baseURL: "https://g", apiKey: Secret("k")))
    #expect(wire.url == "https://g/v1beta/models/gemini-embedding-001:batchEmbedContents")
    #expect(wire.headers["x-goog-api-key"] == "k")
    #expect(wire.body["requests"]?.array?.count == 2)
    #expect(wire.body["requests"]?[1]?["content"]?["parts"]?[0]?["text"] == "b")
    #expect(wire.body["requests"]?[0]?["outputDimensionality"] == 2)
    let answer = try dialect.answer(["embeddings": [["values": [0.5, 1]], ["values": [2, 3]]]], texts: 2)
    #expect(answer.vectors == [[0.5, 1], [2, 3]])
    #expect(throws: LLMError.self) { try dialect.answer(["embeddings": [["values": [1]]]], texts: 2) }
    #expect(throws: LLMError.self) {
      try OpenAIEmbeddingDialect().answer(
        ["data": [["index": 0, "embedding": [1]], ["index": 0, "embedding": [2]]]], texts: 2)
    }
  }
}
