import FoundationEssentials
import HeadraceCore
import HeadraceTelemetry
import Testing

@testable import HeadraceLLM

enum LocalModel {
  static let address = ProcessInfo.processInfo.environment["HEADRACE_TEST_MODEL_URL"]
}

/// The real thing: llama.cpp with a small model, started by hand (`ops/model/serve --small`) or by CI.
///
/// Set `HEADRACE_TEST_MODEL_URL` to its address with `/v1`.
@Suite(
  .enabled(if: LocalModel.address != nil, "HEADRACE_TEST_MODEL_URL is not set: no local model is served"), .serialized,
  .timeLimit(.minutes(5)))
struct LocalModelTests {
  private func client() throws -> LLMClient {
    let configuration = LLMConfiguration(environment: [
      "HEADRACE_LLM_BASE_URL": LocalModel.address ?? "", "HEADRACE_LLM_MODEL": "qwen2.5-coder",
      "HEADRACE_LLM_CONCURRENCY": "1",
    ])
    return try LLMClient(configuration: configuration, metrics: MetricsRegistry())
  }

  @Test func answersByASchema() async throws {
    let text = """
      The quarterly report of Acme Ltd. shows that revenue rose by 12 percent to 4.2 million euros. Costs of energy fell. \
      The board expects the new factory in Lyon to open in March and to double the output of pumps.
      """
    var request = ChatRequest(messages: [
      .system("You describe documents."),
      .user("\"\"\"\n\(text)\n\"\"\"\nDescribe the document as JSON."),
    ])
    request.format = .json(
      name: "document",
      schema: [
        "type": "object", "additionalProperties": false, "required": ["title", "summary", "category", "keywords"],
        "properties": [
          "title": ["type": "string", "maxLength": 80], "summary": ["type": "string", "maxLength": 300],
          "category": ["type": "string", "enum": ["finance", "law", "technology", "other"]],
          "keywords": [
            "type": "array", "minItems": 2, "maxItems": 5, "items": ["type": "string", "maxLength": 24],
          ],
        ],
      ])
    request.maximumOutputTokens = 320
    request.temperature = 0
    request.seed = 1
    request.cache = .never
    let llm = try client()
    let first = try await llm.complete(request)
    #expect(first.structured?["category"]?.string != nil)
    #expect(first.usage.inputTokens > 50 && first.usage.outputTokens > 20)
    #expect(first.finishReason == .stop)
    let again = try await llm.complete(request)
    #expect(again.structured == first.structured)
  }

  @Test func aTooLongInputIsTheContentsFault() async throws {
    var request = ChatRequest(messages: [.user(String(repeating: "water mill ", count: 8_000))])
    request.maximumOutputTokens = 10
    let error = await #expect(throws: LLMError.self) { try await client().complete(request) }
    #expect(error?.code == .tooLong)
  }

  @Test func leavingEarlyFreesTheSlot() async throws {
    struct Enough: Error {}
    var request = ChatRequest(messages: [.user("Count from 1 to 500, one number a line.")])
    request.maximumOutputTokens = 2_000
    let llm = try client()
    let start = ContinuousClock.now
    await #expect(throws: Enough.self) { try await llm.stream(request) { _ in throw Enough() } }
    var short = ChatRequest(messages: [.user("Say yes.")])
    short.maximumOutputTokens = 5
    _ = try await llm.complete(short)
    // 2,000 tokens would take more than a minute.
    #expect(ContinuousClock.now - start < .seconds(40))
  }

  /// The same server speaks Anthropic's protocol as well.
  @Test func answersInAnthropicsProtocol() async throws {
    var configuration = LLMConfiguration()
    let address = String((LocalModel.address ?? "").dropLast("/v1".count))
    configuration.providers = [ProviderConfiguration(name: "local", dialect: .anthropic, baseURL: address)]
    configuration.targets = [TargetConfiguration(provider: "local", model: "qwen2.5-coder")]
    let llm = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
    var request = ChatRequest(messages: [.system("Answer with one word."), .user("What is the capital of France?")])
    request.maximumOutputTokens = 20
    request.temperature = 0
    let response = try await llm.complete(request)
    #expect(response.text.contains("Paris"))
    #expect(response.usage.inputTokens > 5 && response.usage.outputTokens > 0)
    #expect(response.finishReason == .stop)
  }
}
