import HeadraceCore
import Testing

@testable import HeadraceLLM

/// What goes onto the wire, where providers differ.
@Suite struct DialectTests {
  private func body(
    _ dialect: any ChatDialect, url: String = "https://api.openai.com/v1", model: String = "gpt-4o",
    _ change: (inout ChatRequest) -> Void = { _ in }
  ) -> JSONValue {
    var request = ChatRequest(messages: [.system("s"), .user("u")])
    change(&request)
    let provider = ProviderConfiguration(name: "p", dialect: .openAIChat, baseURL: url, apiKey: Secret("k"))
    return dialect.exchange(
      DialectCall(
        request: request, messages: request.messages, target: TargetConfiguration(provider: "p", model: model),
        provider: provider, maximumOutputTokens: 9)
    ).body
  }

  static let schema: JSONValue = [
    "type": "object", "required": ["a"], "additionalProperties": false,
    "properties": ["a": ["type": "array", "maxItems": 3, "items": ["type": "string", "maxLength": 5]]],
  ]

  @Test func openAIGetsASchemaThatItsStrictModeTakes() {
    func sent(_ url: String, _ schema: JSONValue) -> JSONValue? {
      body(OpenAIChatDialect(), url: url) { $0.format = .json(name: "a b", schema: schema) }["response_format"]?[
        "json_schema"]
    }
    let strict = sent("https://api.openai.com/v1", Self.schema)
    #expect(strict?["strict"] == true)
    #expect(strict?["name"] == "a_b")
    #expect(strict?["schema"]?["properties"]?["a"]?["items"] == ["type": "string"])
    #expect(strict?["schema"]?["properties"]?["a"]?["maxItems"] == 3)
    // Optional members: only a hint, and whole.
    var open = Self.schema
    open["required"] = []
    #expect(sent("https://api.openai.com/v1", open)?["strict"] == false)
    #expect(sent("https://api.openai.com/v1", open)?["schema"] == open)
    // Another server gets what was asked.
    #expect(sent("http://127.0.0.1:8081/v1", Self.schema)?["schema"] == Self.schema)
  }

  @Test func namesOfLimitsAndWhatModelsRefuse() {
    let change: (inout ChatRequest) -> Void = {
      $0.temperature = 0
      $0.reasoningEffort = .low
    }
    let plain = body(OpenAIChatDialect(), change)
    #expect(plain["max_completion_tokens"] == 9 && plain["max_tokens"] == nil && plain["temperature"] == 0.0)
    #expect(plain["reasoning_effort"] == nil)
    let fifth = body(OpenAIChatDialect(), model: "gpt-5-mini", change)
    #expect(fifth["temperature"] == nil && fifth["reasoning_effort"] == "low")
    let local = body(OpenAIChatDialect(), url: "http://127.0.0.1:1/v1", model: "qwen2.5", change)
    #expect(local["max_tokens"] == 9 && local["max_completion_tokens"] == nil && local["cache_prompt"] == false)
  }

  @Test func addressesForPeopleHoldNoPassword() {
    func address(_ url: String) -> String {
      ProviderConfiguration(name: "p", dialect: .openAIChat, baseURL: url).address
    }
    #expect(address("https://user:secret@models:8000/v1") == "https://models:8000")
    #expect(address("http://127.0.0.1:9/v1") == "http://127.0.0.1:9")
    #expect(address("https://api.openai.com") == "https://api.openai.com")
  }

  @Test func whatIsLeftOutIsSaid() throws {
    let llm = try RouterTests.client()
    var request = ChatRequest(messages: [.user("Prove it.")])
    request.temperature = 0
    request.seed = 1
    request.taskClass = .reasoning
    let explanation = try llm.explain(request)
    let deep = explanation.candidates.first { $0.target == "o1" }
    #expect(deep?.reasons.contains { $0.contains("no temperature") } == true)
    let sonnet = explanation.candidates.first { $0.provider == "anthropic" }
    #expect(sonnet?.reasons.contains { $0.contains("no seed") } == true)
  }

  @Test func anthropicTurnsAlternateAndSystemStandsApart() {
    let sent = body(AnthropicDialect(), url: "https://api.anthropic.com", model: "claude-sonnet-4-5") {
      $0.messages = [
        .system("one"), .system("two"), .user("a"), .user("b"),
        ChatMessage(
          role: .assistant, content: [.text("c")], toolCalls: [ToolCall(id: "1", name: "t", arguments: ["x": 1])]),
        .toolResult("r", for: "1"), .user("d"),
      ]
      $0.stop = ["END"]
    }
    #expect(sent["system"] == "one\n\ntwo")
    let turns = sent["messages"]?.array ?? []
    #expect(turns.map { $0["role"]?.string } == ["user", "assistant", "user"])
    #expect(turns[2]["content"]?[0]?["type"] == "tool_result")
    #expect(turns[2]["content"]?[1]?["text"] == "d")
    #expect(sent["stop_sequences"] == ["END"])
    #expect(sent["max_tokens"] == 9)
  }

  @Test func imagesAndFilesByReference() {
    let content: [ChatContent] = [
      .text("look"), .image(url: "https://x/y.png"), .image(url: "data:image/png;base64,AAAA"),
      .file(url: "data:application/pdf;base64,BBBB", mediaType: "application/pdf"),
    ]
    let change: (inout ChatRequest) -> Void = { $0.messages = [ChatMessage(role: .user, content: content)] }
    let chat = body(OpenAIChatDialect(), change)["messages"]?[0]?["content"]
    #expect(chat?[1]?["image_url"]?["url"] == "https://x/y.png")
    let anthropic = body(AnthropicDialect(), model: "claude-sonnet-4-5", change)["messages"]?[0]?["content"]
    #expect(anthropic?[1]?["source"] == ["type": "url", "url": "https://x/y.png"])
    #expect(anthropic?[2]?["source"] == ["type": "base64", "media_type": "image/png", "data": "AAAA"])
    #expect(anthropic?[3]?["type"] == "document")
    let gemini = body(GeminiDialect(), model: "gemini-2.5-flash", change)["contents"]?[0]?["parts"]
    #expect(gemini?[1]?["fileData"]?["fileUri"] == "https://x/y.png")
    #expect(gemini?[3]?["inlineData"]?["mimeType"] == "application/pdf")
    let responses = body(OpenAIResponsesDialect(), change)["input"]?[0]?["content"]
    #expect(responses?[1]?["type"] == "input_image")
  }
}
