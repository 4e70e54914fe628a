import HeadraceCore
import HeadraceTelemetry
import Testing

@testable import HeadraceLLM

/// Every dialect against a server that nobody here wrote: plain, streamed, with tools, and with each fault it scripts.
@Suite(.enabled(if: LLMock.python != nil, LLMock.absence), .serialized, .timeLimit(.minutes(5)))
struct LLMockTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var dialect: ProviderConfiguration.Dialect
    var model: String
    /// As llmock calls the provider.
    var provider: String
    var testDescription: String { dialect.rawValue }
  }

  static let cases = [
    Case(dialect: .openAIChat, model: "gpt-4o", provider: "openai"),
    Case(dialect: .openAIResponses, model: "gpt-4o", provider: "openai"),
    Case(dialect: .anthropic, model: "claude-sonnet-4-5", provider: "anthropic"),
    Case(dialect: .gemini, model: "gemini-2.5-flash", provider: "gemini"),
  ]

  @Test(arguments: cases)
  func answersAndUsage(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      try await mock.script(["type": "reply", "text": "Grüße, 世界! All is well."])
      var request = ChatRequest(messages: [.system("Be kind."), .user("Hello there"), .assistant("Hi"), .user("And?")])
      request.maximumOutputTokens = 50
      request.temperature = 0.5
      let response = try await llm.complete(request)
      #expect(response.text == "Grüße, 世界! All is well.")
      #expect(response.finishReason == .stop)
      #expect(response.usage.inputTokens > 0)
      #expect(response.usage.outputTokens > 0)
      #expect(response.model.contains(one.model.prefix(6)))
      #expect(response.attempts == 1)
    }
  }

  @Test(arguments: cases)
  func tools(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      let tool = ChatTool(
        name: "weather", description: "Tells the weather of a city.",
        parameters: ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]])
      try await mock.script([
        "type": "reply", "tool_calls": [["name": "weather", "arguments": ["city": "Lyon"]]],
      ])
      var request = ChatRequest(messages: [.user("Weather in Lyon?")])
      request.tools = [tool]
      let first = try await llm.complete(request)
      #expect(first.finishReason == .toolCalls)
      let call = try #require(first.toolCalls.first)
      #expect(call.name == "weather")
      #expect(call.arguments["city"] == "Lyon")
      request.messages.append(ChatMessage(role: .assistant, content: [], toolCalls: first.toolCalls))
      request.messages.append(.toolResult("sunny", for: call.id))
      try await mock.script(["type": "reply", "text": "It is sunny."])
      let second = try await llm.complete(request)
      #expect(second.text == "It is sunny.")
      #expect(second.toolCalls.isEmpty)
    }
  }

  @Test(arguments: cases)
  func errorStatus(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      // What passes.
      for status in [429, 500, 503, 529] {
        try await mock.script(["type": "fail", "status": .int(Int64(status)), "retry_after": 0, "times": 1])
        let response = try await llm.complete(ChatRequest(messages: [.user("Hello \(status)")]))
        #expect(response.attempts == 2, "status \(status)")
      }
      // What stands.
      let standing: [(Int64, FailureClass)] = [
        (400, .content), (401, .configuration), (402, .quota), (404, .configuration),
      ]
      for (status, kind) in standing {
        try await mock.script(["type": "fail", "status": .int(status), "times": 1])
        let fresh = try mock.client(one.dialect, model: one.model)
        let error = await #expect(throws: LLMError.self) {
          try await fresh.complete(ChatRequest(messages: [.user("Hello")]))
        }
        #expect(error?.failureClass == kind, "status \(status)")
        #expect(error?.attempts == 1)
      }
    }
  }

  @Test(arguments: cases)
  func brokenStreams(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model) { $0.calls.betweenTokensTimeout = .milliseconds(500) }
      let answer = "one two three four five six seven eight nine ten"
      for kind in ["disconnect", "truncate", "malformed", "stall"] {
        // A stall before the first event is a queue, for which there is more time.
        for chunks: Int64 in kind == "stall" ? [1, 3] : [0, 1, 3] {
          try await mock.script(
            ["type": "reply", "text": .string(answer), "times": 2],
            [
              "type": "stream_fault", "kind": .string(kind), "after_chunks": .int(chunks), "stall_seconds": 5,
              "times": 1,
            ])
          let response = try await llm.complete(ChatRequest(messages: [.user("Count, \(kind) \(chunks)")]))
          #expect(response.text == answer, "\(kind) after \(chunks)")
          #expect(response.attempts == 2, "\(kind) after \(chunks)")
          try await mock.reset()
        }
      }
    }
  }

  @Test(arguments: [cases[0], cases[2], cases[3]])
  func retryAfterIsKept(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      try await mock.script(["type": "fail", "status": 429, "retry_after": 1, "times": 1])
      let start = ContinuousClock.now
      _ = try await llm.complete(ChatRequest(messages: [.user("Hello")]))
      #expect(ContinuousClock.now - start >= .milliseconds(990))
      let verdict = try await mock.get("/_llmock/verdict")
      #expect(verdict["passed"]?.bool ?? verdict["ok"]?.bool ?? true, "\(verdict.text)")
    }
  }

  @Test(arguments: cases)
  func slowness(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model) { $0.calls.firstTokenTimeout = .seconds(3) }
      for kind in ["delay", "slow_first_token"] {
        // Slow, but not too slow.
        try await mock.script(["type": .string(kind), "seconds": 0.1, "times": 1])
        #expect(try await llm.complete(ChatRequest(messages: [.user("Hello \(kind)")])).attempts == 1, "\(kind)")
      }
      try await mock.script(["type": "delay", "seconds": 8, "times": 1])
      #expect(try await llm.complete(ChatRequest(messages: [.user("Hello")])).attempts == 2)
    }
  }

  @Test(arguments: cases)
  func brokenCallsOfTools(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      var request = ChatRequest(messages: [.user("Weather in Lyon?")])
      request.tools = [
        ChatTool(
          name: "weather", description: "Tells the weather of a city.",
          parameters: ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]])
      ]
      let good: JSONValue = [
        "type": "reply", "tool_calls": [["name": "weather", "arguments": ["city": "Lyon"]]], "times": 2,
      ]
      for kind in ["malformed_arguments", "unknown_tool"] {
        // Gemini's protocol has arguments as JSON already: they cannot be malformed.
        if one.dialect == .gemini, kind == "malformed_arguments" { continue }
        try await mock.script(good, ["type": "tool_fault", "kind": .string(kind), "times": 1])
        let response = try await llm.complete(request)
        #expect(response.toolCalls.map(\.name) == ["weather"], "\(kind)")
        #expect(response.attempts == 2, "\(kind)")
        try await mock.reset()
      }
    }
  }

  @Test(arguments: cases)
  func answersByASchema(of one: Case) async throws {
    try await LLMock.with { mock in
      let llm = try mock.client(one.dialect, model: one.model)
      var request = ChatRequest(messages: [.user("Describe Lyon.")])
      request.format = .json(
        name: "city",
        schema: [
          "type": "object", "required": ["name", "people"], "additionalProperties": false,
          "properties": ["name": ["type": "string"], "people": ["type": "integer"]],
        ])
      let response = try await llm.complete(request)
      #expect(response.structured?["name"]?.string != nil)
      #expect(response.structured?["people"]?.int != nil)
    }
  }

  /// The shipped policy with three providers, all played by the mock.
  @Test func theShippedPolicyOverThreeProviders() async throws {
    try await LLMock.with { mock in
      let llm = try LLMClient(
        configuration: LLMConfiguration(environment: [
          "OPENAI_API_KEY": "a", "OPENAI_BASE_URL": mock.url + "/v1", "ANTHROPIC_API_KEY": "b",
          "ANTHROPIC_BASE_URL": mock.url + "/anthropic", "GEMINI_API_KEY": "c", "GEMINI_BASE_URL": mock.url + "/gemini",
        ]), metrics: MetricsRegistry())
      var answered: [String] = []
      for prompt in [
        "Prove that there are infinitely many primes.", "Summarize the following article in three sentences: …",
        "Hi, how are you today?",
      ] {
        let response = try await llm.complete(ChatRequest(messages: [.user(prompt)]))
        answered.append("\(response.provider)/\(response.decision?.taskClass.rawValue ?? "")")
      }
      #expect(answered == ["openai/reasoning", "anthropic/summary", "gemini/chat"])
    }
  }
}
