import HeadraceCore
import HeadraceTelemetry
import HeadraceTesting
import Synchronization
import Testing

@testable import HeadraceLLM

/// The client against a scripted model over HTTP.
@Suite(.timeLimit(.minutes(1)))
struct LLMClientTests {
  static let schema: JSONValue = [
    "type": "object", "additionalProperties": false, "required": ["title", "topics"],
    "properties": [
      "title": ["type": "string", "maxLength": 80],
      "topics": ["type": "array", "minItems": 1, "maxItems": 3, "items": ["type": "string", "maxLength": 20]],
    ],
  ]

  static func client(_ model: ScriptedModel, _ change: (inout LLMConfiguration) -> Void = { _ in }) throws -> LLMClient
  {
    var configuration = LLMConfiguration(environment: model.environment)
    configuration.calls.backoff = BackoffPolicy(initial: .milliseconds(10), maximum: .milliseconds(50))
    configuration.calls.retryReserve = 100
    configuration.prices = PriceTable(
      version: "test",
      entries: [
        .init(
          provider: "*", model: "*",
          price: ModelPrice(input: Money(nanos: 1_000_000_000), output: Money(nanos: 2_000_000_000)))
      ])
    change(&configuration)
    return try LLMClient(configuration: configuration, metrics: MetricsRegistry())
  }

  @Test func anAnswerWithItsUsageAndPrice() async throws {
    try await withScriptedModel { model in
      let llm = try Self.client(model)
      let sink = RecordingSink()
      var request = ChatRequest(messages: [.system("Be brief."), .user("one two three")])
      request.tenant = "acme"
      request.processor = "enricher"
      request.source = RecordCoordinate(topic: "t", partition: 1, offset: 2)
      let pieces = Mutex<[String]>([])
      let response = try await llm.stream(request, usage: sink) { text in pieces.withLock { $0.append(text) } }
      #expect(response.text == "You said: one two three")
      // What came while the listener was busy is one piece.
      #expect(pieces.withLock { $0.joined() } == "You said: one two three")
      #expect(response.finishReason == .stop)
      #expect(response.usage.inputTokens == 6)
      #expect(response.usage.outputTokens == 5)
      #expect(response.usage.cost == Money(nanos: 6_000 + 10_000))
      #expect(response.provider == "configured")
      #expect(response.model == "scripted")
      #expect(response.priceTable == "test")
      #expect(response.attempts == 1)
      #expect(!response.isFromJournal)
      let event = try #require(sink.events.first)
      #expect(sink.events.count == 1)
      #expect(event.outcome == .paid)
      #expect(event.fingerprint == request.fingerprint)
      #expect(event.tenant == "acme" && event.processor == "enricher" && event.attempt == 1)
      #expect(event.source?.offset == 2)
      #expect(event.cost == response.usage.cost)
      #expect(model.requests[0].authorization == "Bearer key")
      #expect(model.requests[0].body["stream"] == true)
    }
  }

  @Test func structuredAnswersAreValidatedAndRepairedOnce() async throws {
    try await withScriptedModel(.init(faults: [.init(.answer(#"{"title": 7}"#), times: 1)])) { model in
      let llm = try Self.client(model)
      let sink = RecordingSink()
      var request = ChatRequest(messages: [.user("describe")])
      request.format = .json(name: "document", schema: Self.schema)
      let response = try await llm.complete(request, usage: sink)
      #expect(response.structured?["title"]?.string == "A title")
      #expect(response.attempts == 2)
      #expect(model.billedCalls == 2)
      #expect(sink.events.map(\.outcome) == [.paid, .paid])
      #expect(sink.events.map(\.errorClass) == [.content, nil])
      #expect(sink.events.map(\.attempt) == [1, 2])
      // The repair says what is wrong.
      let repair = model.requests[1].lastMessage
      #expect(repair.contains("title must be string") && repair.contains("lacks \"topics\""))
      #expect(response.usage.outputTokens > 2)
    }
  }

  @Test func anAnswerThatStaysInvalidIsTheContentsFault() async throws {
    try await withScriptedModel(.init(faults: [.init(.answer("no JSON at all"))])) { model in
      let llm = try Self.client(model)
      var request = ChatRequest(messages: [.user("describe")])
      request.format = .json(name: "document", schema: Self.schema)
      let error = await #expect(throws: LLMError.self) { try await llm.complete(request) }
      #expect(error?.code == .invalidAnswer)
      #expect(error?.failureClass == .content)
      #expect(error?.attempts == 2)
      #expect(model.billedCalls == 2)
    }
  }

  @Test func fencedJSONIsTaken() async throws {
    let answer = "Sure!\n```json\n{\"title\": \"T\", \"topics\": [\"a\"]}\n```\nBye."
    try await withScriptedModel(.init(answer: { _ in answer })) { model in
      var request = ChatRequest(messages: [.user("describe")])
      request.format = .json(name: "document", schema: Self.schema)
      let response = try await Self.client(model).complete(request)
      #expect(response.structured?["title"]?.string == "T")
    }
  }

  struct FaultCase: Sendable {
    var fault: ScriptedFault.Kind
    var code: LLMError.Code
    var billed: Int
  }

  static let standing: [FaultCase] = [
    .init(fault: .status(400), code: .rejected, billed: 0),
    .init(fault: .status(400, code: "exceed_context_size_error"), code: .tooLong, billed: 0),
    .init(fault: .status(400, message: "Your credit balance is too low"), code: .quota, billed: 0),
    .init(fault: .status(401), code: .credentials, billed: 0),
    .init(fault: .status(402), code: .quota, billed: 0),
    .init(fault: .status(403), code: .credentials, billed: 0),
    .init(fault: .status(403, message: "Quota exceeded"), code: .quota, billed: 0),
    .init(fault: .status(404), code: .unknownModel, billed: 0),
    .init(fault: .status(413), code: .tooLong, billed: 0),
    .init(fault: .status(429, code: "insufficient_quota"), code: .quota, billed: 0),
  ]

  @Test(arguments: standing)
  func whatNoRepeatMendsIsNotRepeated(fault: FaultCase) async throws {
    try await withScriptedModel(.init(faults: [.init(fault.fault)])) { model in
      let sink = RecordingSink()
      let error = await #expect(throws: LLMError.self) {
        try await Self.client(model).complete(ChatRequest(messages: [.user("x")]), usage: sink)
      }
      #expect(error?.code == fault.code)
      #expect(error?.attempts == 1)
      #expect(model.requests.count == 1)
      #expect(sink.events.map(\.outcome) == [.failed])
      #expect(sink.events.first?.errorClass == fault.code.failureClass)
    }
  }

  static let passing: [FaultCase] = [
    .init(fault: .status(500), code: .unavailable, billed: 1),
    .init(fault: .status(503), code: .unavailable, billed: 1),
    .init(fault: .status(529), code: .unavailable, billed: 1),
    .init(fault: .status(408), code: .timeout, billed: 1),
    .init(fault: .status(429, retryAfter: 0), code: .throttled, billed: 1),
    .init(fault: .resetBeforeAnswer, code: .unreachable, billed: 2),
    .init(fault: .cut(afterPieces: 1), code: .partialAnswer, billed: 2),
    .init(fault: .noEndMark(afterPieces: 2), code: .partialAnswer, billed: 2),
    .init(fault: .errorEvent(afterPieces: 1, code: "server_error"), code: .unavailable, billed: 2),
  ]

  @Test(arguments: passing)
  func whatPassesIsRepeated(fault: FaultCase) async throws {
    try await withScriptedModel(.init(faults: [.init(fault.fault, times: 1)])) { model in
      let sink = RecordingSink()
      let response = try await Self.client(model).complete(ChatRequest(messages: [.user("a b c d")]), usage: sink)
      #expect(response.text == "You said: a b c d")
      #expect(response.attempts == 2)
      #expect(model.billedCalls == fault.billed)
      #expect(sink.events.map(\.outcome) == [.failed, .paid])
      // What may have been paid is in the bill.
      #expect((sink.events[0].cost?.nanos ?? 0 > 0) == (fault.billed == 2))
    }
  }

  @Test func aStallIsATimeout() async throws {
    try await withScriptedModel(.init(faults: [.init(.stall(afterPieces: 1), times: 1)])) { model in
      let llm = try Self.client(model) { $0.calls.betweenTokensTimeout = .milliseconds(200) }
      let restarts = Atomic(0)
      let text = Mutex("")
      let response = try await llm.stream(
        ChatRequest(messages: [.user("a b")]),
        onRestart: {
          restarts.add(1, ordering: .relaxed)
          text.withLock { $0 = "" }
        }
      ) { piece in text.withLock { $0 += piece } }
      #expect(response.attempts == 2)
      #expect(restarts.load(ordering: .relaxed) == 1)
      #expect(text.withLock { $0 } == "You said: a b")
    }
  }

  @Test func aPartialAnswerIsKeptWhenAskedFor() async throws {
    try await withScriptedModel(.init(faults: [.init(.cut(afterPieces: 3))])) { model in
      var request = ChatRequest(messages: [.user("a b c d")])
      request.partialAnswer = .keep
      let response = try await Self.client(model).complete(request)
      #expect(response.finishReason == .partial)
      #expect(response.text == "You said: a ")
    }
  }

  @Test func G04_aFinishedCallIsNeverPaidForTwice() async throws {
    try await withScriptedModel(.init(latency: .fixed(.milliseconds(20)))) { model in
      let llm = try Self.client(model)
      let journal = MemoryJournal()
      let sink = RecordingSink()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<100 {
          group.addTask {
            let request = ChatRequest(messages: [.user("question \(index % 10)")])
            _ = try await llm.complete(request, journal: journal, usage: sink)
          }
        }
        try await group.waitForAll()
      }
      #expect(model.billedCalls == 10)
      #expect(model.billedCallsByPrompt.values.allSatisfy { $0 == 1 })
      #expect(sink.events.count { $0.outcome == .paid } == 10)
      #expect(sink.events.count { $0.outcome == .saved } == 90)
    }
  }

  @Test func G05_anIdenticalReplayPaysForNothing() async throws {
    try await withScriptedModel { model in
      let journal = MemoryJournal()
      var first: [ChatResponse] = []
      for index in 0..<5 {
        first.append(
          try await Self.client(model).complete(ChatRequest(messages: [.user("q\(index)")]), journal: journal))
      }
      model.reset()
      // Another process, with another model chosen by its own configuration: the journal knows the request as asked.
      let other = try Self.client(model) { $0.targets[0].model = "another" }
      let sink = RecordingSink()
      for index in 0..<5 {
        let again = try await other.complete(
          ChatRequest(messages: [.user("q\(index)")]), journal: journal, usage: sink)
        #expect(again.isFromJournal)
        #expect(again.text == first[index].text)
        #expect(again.usage == first[index].usage)
      }
      #expect(model.requests.isEmpty)
      #expect(sink.events.allSatisfy { $0.outcome == .saved && $0.cost == nil && $0.inputTokens == 0 })
    }
  }

  @Test func theCacheKnowsTenants() async throws {
    try await withScriptedModel { model in
      let llm = try Self.client(model)
      var request = ChatRequest(messages: [.user("same")])
      request.temperature = 0
      for tenant in ["a", "b", "a", "b", "a"] {
        request.tenant = tenant
        _ = try await llm.complete(request)
      }
      #expect(model.billedCalls == 2)
      request.temperature = 0.7
      _ = try await llm.complete(request)
      _ = try await llm.complete(request)
      #expect(model.billedCalls == 4)
      request.cache = .always
      _ = try await llm.complete(request)
      #expect(model.billedCalls == 5)
      _ = try await llm.complete(request)
      #expect(model.billedCalls == 5)
    }
  }

  @Test func concurrencyIsBounded() async throws {
    try await withScriptedModel(.init(latency: .fixed(.milliseconds(10)), concurrency: 3)) { model in
      let llm = try Self.client(model) { $0.targets[0].limits.concurrency = 3 }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<60 {
          group.addTask { _ = try await llm.complete(ChatRequest(messages: [.user("q\(index)")])) }
        }
        try await group.waitForAll()
      }
      #expect(model.mostCallsInFlight <= 3)
      #expect(model.refusedCalls == 0)
      #expect(model.billedCalls == 60)
    }
  }

  @Test func cancellationLeavesNothingBehind() async throws {
    try await withScriptedModel(.init(latency: .fixed(.seconds(30)))) { model in
      let llm = try Self.client(model) { $0.targets[0].limits.concurrency = 1 }
      let running = Task { try await llm.complete(ChatRequest(messages: [.user("long")])) }
      while model.callsInFlight == 0 { try await Task.sleep(for: .milliseconds(5)) }
      let waiting = Task { try await llm.complete(ChatRequest(messages: [.user("waits")])) }
      while llm.targets[0].waiting == 0 { try await Task.sleep(for: .milliseconds(5)) }
      waiting.cancel()
      running.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      await #expect(throws: CancellationError.self) { try await running.value }
      while model.callsInFlight > 0 { try await Task.sleep(for: .milliseconds(5)) }
      model.configure { $0.latency = .fixed(.zero) }
      _ = try await llm.complete(ChatRequest(messages: [.user("next")]))
      #expect(llm.targets[0].inFlight == 0)
    }
  }

  @Test func noModelIsAClearError() async throws {
    let llm = try LLMClient(configuration: LLMConfiguration(), metrics: MetricsRegistry())
    #expect(!llm.isConfigured)
    let error = await #expect(throws: LLMError.self) { try await llm.complete(ChatRequest(messages: [.user("x")])) }
    #expect(error?.code == .noTarget)
    #expect(error?.failureClass == .configuration)
    #expect(error?.detail.contains("HEADRACE_LLM_BASE_URL") == true)
  }
}
