import FoundationEssentials
import HeadraceCore
import HeadraceTelemetry
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// Bills, comparisons of policies, embeddings, shadows and spans.
@Suite(.timeLimit(.minutes(1)))
struct EvaluationTests {
  private func event(
    _ name: String, _ outcome: CallUsageEvent.Outcome = .paid, attempt: Int = 1, model: String = "m", cost: Int64 = 10,
    kind: TaskClass = .summary
  ) -> CallUsageEvent {
    CallUsageEvent(
      fingerprint: CallFingerprint(parts: [("n", name)]), attempt: attempt, outcome: outcome, route: "default",
      provider: "p", model: model, tenant: "a", processor: "e",
      usage: CallUsage(inputTokens: 1_000, cachedTokens: 10, outputTokens: 200, cost: Money(nanos: cost)),
      priceTable: "t", milliseconds: 400, router: .init(class: kind.rawValue, margin: 0.1, reason: "r"))
  }

  @Test func theBillIsAFoldOverTheEvents() throws {
    let time = try #require(Date(rfc3339: "2026-01-02T03:04:05.000Z"))
    var report = UsageReport(by: [.day, .model])
    for one in [
      event("1"), event("1"), event("1", attempt: 2, cost: 5), event("2", .failed, cost: 7), event("3", model: "n"),
      event("1", .saved), event("1", .saved),
    ] { report.add(one, at: time) }
    let lines = report.lines
    #expect(lines.map(\.key) == [["2026-01-02", "m"], ["2026-01-02", "n"]])
    // The repeated event counts once, each saved call counts.
    #expect(lines[0].paid == 2 && lines[0].failed == 1 && lines[0].saved == 2)
    #expect(lines[0].cost == [Money(nanos: 22)])
    #expect(lines[0].inputTokens == 3_000)
    #expect(report.total.paid == 3)
    #expect(report.total.cost == [Money(nanos: 32)])
    #expect(report.total.meanMilliseconds == 400)
  }

  @Test func policiesAreComparedOverThePast() throws {
    let llm = try RouterTests.client()
    let tasks =
      (0..<60).compactMap { RoutedTask(event("s\($0)", kind: .summary)) }
      + (0..<40).compactMap { RoutedTask(event("r\($0)", kind: .reasoning)) }
    let frugal = try RoutingPolicy(
      parsing: Array(
        #"{"name":"frugal","preferred":{"reasoning":"o1-class","summary":"flash-class"},"preferenceBonus":0.5}"#.utf8))
    let result = llm.evaluate(RoutingPolicy(), against: frugal, over: tasks)
    #expect(result.tasks == 100)
    #expect(result.changed == 0.6)
    #expect(result.moves.map(\.tasks) == [60])
    #expect(result.moves[0].from == "claude-sonnet-4-5" && result.moves[0].to == "gemini-2.5-flash")
    #expect(result.a.targets == ["claude-sonnet-4-5": 60, "o1": 40])
    #expect(result.b.cost.nanos < result.a.cost.nanos)
    // 60 summaries of 1,000 + 200 tokens at 3 and 15, 40 reasonings at 15 and 60, by the million.
    #expect(result.a.cost.amount == "1.44")
    #expect(throws: LLMError.self) { try RoutingPolicy(parsing: Array(#"{"preferred":{"magic":"o1-class"}}"#.utf8)) }
  }

  @Test func labelledFilesAreRead() throws {
    let tasks = try RoutedTask.parse(
      "# comment\nsummary\tSummarize this text.\n\n\tTranslate this into German.\n{\"class\":\"chat\",\"prompt\":\"Hi\",\"outputTokens\":20}\n"
    )
    #expect(tasks.map(\.taskClass) == [.summary, nil, .chat])
    #expect(tasks[2].outputTokens == 20)
    let result = try RouterTests.client().evaluate(RoutingPolicy(), against: RoutingPolicy(name: "same"), over: tasks)
    #expect(result.changed == 0)
    #expect(result.classifierAccuracy == 1)
    for wrong in ["no tab", "magic\tx", "{"] { #expect(throws: LLMError.self) { try RoutedTask.parse(wrong) } }
  }

  @Test func embeddingsComeInOrderAndAreJournaled() async throws {
    try await withScriptedModel { model in
      let llm = try LLMClientTests.client(model)
      let journal = MemoryJournal()
      let sink = RecordingSink()
      let request = EmbeddingRequest(texts: ["one", "two", "one"], model: "scripted")
      let first = try await llm.embed(request, journal: journal, usage: sink)
      #expect(first.vectors.count == 3)
      #expect(first.vectors[0] == first.vectors[2] && first.vectors[0] != first.vectors[1])
      #expect(first.usage.inputTokens == 6)
      let again = try await llm.embed(request, journal: journal, usage: sink)
      #expect(again.vectors == first.vectors)
      #expect(again.isFromJournal)
      #expect(sink.events.map(\.outcome) == [.paid, .saved])
      #expect(model.billedCalls == 1)
      await #expect(throws: LLMError.self) { try await llm.embed(EmbeddingRequest(texts: [""], model: "scripted")) }
    }
  }

  @Test func aShadowPolicyIsCountedAndHasNoEffect() async throws {
    try await withScriptedModel { model in
      var configuration = LLMConfiguration()
      configuration.providers = [ProviderConfiguration(name: "m", dialect: .openAIChat, baseURL: model.baseURL)]
      configuration.targets = [
        TargetConfiguration(name: "deep", provider: "m", model: "o1"),
        TargetConfiguration(name: "fast", provider: "m", model: "gemini-2.5-flash"),
      ]
      configuration.shadow = RoutingPolicy(name: "all deep", preferred: [.chat: .deepReasoning], preferenceBonus: 5)
      let metrics = MetricsRegistry()
      let llm = try LLMClient(configuration: configuration, metrics: metrics)
      _ = try await llm.complete(ChatRequest(messages: [.user("Hi, how are you?")]))
      #expect(model.requests.map(\.model) == ["gemini-2.5-flash"])
      let text = metrics.renderPrometheus()
      #expect(
        text.contains(#"headrace_llm_shadow_decisions_total{chosen="fast",class="chat",shadow="deep"} 1"#), "\(text)")
      #expect(text.contains("headrace_llm_calls_total"))
    }
  }

  @Test func secretsAreNotPrinted() throws {
    let configuration = LLMConfiguration(environment: ["OPENAI_API_KEY": "sk-very-secret"])
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!"\(configuration)".contains("very-secret"))
    #expect(!String(reflecting: configuration).contains("very-secret"))
    #expect(!dumped.contains("very-secret"))
  }

  @Test func contradictionsInTheConfigurationAreNamed() {
    func error(_ change: (inout LLMConfiguration) -> Void) -> String {
      var configuration = RouterTests.configuration()
      change(&configuration)
      do {
        _ = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
        return "none"
      } catch { return "\(error)" }
    }
    #expect(error { $0.providers.append($0.providers[0]) }.contains("two providers are called openai"))
    #expect(error { $0.targets.append($0.targets[0]) }.contains("two targets are called o1"))
    #expect(error { $0.targets[0].provider = "x" }.contains("unknown provider x"))
    #expect(error { $0.routes = [.init(name: "r", targets: ["nobody"])] }.contains("unknown target nobody"))
    #expect(error { $0.providers[0].baseURL = "ftp://x" }.contains("address of provider openai"))
    #expect(error { $0.targets[0].limits.concurrency = 0 }.contains("limits of target o1"))
    #expect(
      error { $0.budgets = [.init(scope: .all, limit: Money(nanos: 1, currency: "EUR"))] }.contains("EUR"))
  }

  @Test func theEnvironmentIsReadAsTheSDKsReadIt() {
    let local = LLMConfiguration(environment: [
      "HEADRACE_LLM_BASE_URL": "http://127.0.0.1:8081/v1/", "OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY": "y",
      "HEADRACE_LLM_CONCURRENCY": "2",
    ])
    #expect(local.providers.map(\.baseURL) == ["http://127.0.0.1:8081/v1"])
    #expect(local.targets.map(\.limits.concurrency) == [2])
    let named = LLMConfiguration(environment: [
      "OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY": "y", "HEADRACE_LLM_MODEL": "claude-haiku-4-5",
    ])
    #expect(named.targets.map(\.provider) == ["anthropic"])
    #expect(named.targets.map(\.model) == ["claude-haiku-4-5"])
    let keyless = LLMConfiguration(environment: ["OPENAI_BASE_URL": "http://vllm:8000/v1", "OPENAI_MODEL": "m"])
    #expect(keyless.targets.map(\.model) == ["m"])
    #expect(LLMConfiguration(environment: [:]).targets.isEmpty)
    #expect(LLMConfiguration(environment: ["OPENAI_API_KEY": ""]).targets.isEmpty)
  }

  @Test func theFingerprintIsOfTheRequestAsAsked() {
    var request = ChatRequest(messages: [.user("x")])
    let base = request.fingerprint
    // What does not count.
    request.source = RecordCoordinate(topic: "t", partition: 0, offset: 9)
    request.priority = .interactive
    request.priorAttempts = 3
    request.timeout = .seconds(1)
    request.runID = "r"
    #expect(request.fingerprint == base)
    // What does.
    let changes: [(inout ChatRequest) -> Void] = [
      { $0.tenant = "b" }, { $0.route = "r" }, { $0.model = "m" }, { $0.taskClass = .chat }, { $0.temperature = 0 },
      { $0.seed = 1 }, { $0.maximumOutputTokens = 5 }, { $0.stop = ["a"] }, { $0.sample = 1 }, { $0.processor = "p" },
      { $0.processorVersion = "2" }, { $0.data = ["document": "h"] }, { $0.messages = [.user("y")] },
      { $0.messages = [.system("x")] }, { $0.constraints.residency = ["eu"] }, { $0.constraints.dataClass = .internal },
      { $0.prompt = PromptReference(id: "a", version: "1", template: "t") },
      { $0.prompt = PromptReference(id: "a", version: "1", template: "u") },
      { $0.format = .json(name: "n", schema: ["type": "object"]) },
      { $0.tools = [ChatTool(name: "t", description: "d", parameters: [:])] },
      { $0.tools = [ChatTool(name: "t", description: "d", parameters: [:], version: "2")] },
    ]
    var seen: Set<CallFingerprint> = [base]
    for change in changes {
      var changed = ChatRequest(messages: [.user("x")])
      change(&changed)
      #expect(seen.insert(changed.fingerprint).inserted)
    }
    // A schema written in another order is the same schema.
    var one = ChatRequest(messages: [.user("x")])
    var other = one
    one.format = .json(name: "n", schema: ["type": "object", "required": ["a"]])
    other.format = .json(name: "n", schema: ["required": ["a"], "type": "object"])
    #expect(one.fingerprint == other.fingerprint)
  }
}
