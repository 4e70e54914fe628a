import FoundationEssentials
import HeadraceCore
import HeadraceHTTP
import HeadraceTelemetry
import HeadraceTesting
import Testing

@testable import HeadraceLLM

/// Circuits, repeats, fallbacks and advice on when to come back.
@Suite(.timeLimit(.minutes(1)))
struct ResilienceTests {
  @Test func theCircuitOpensProbesAndCloses() {
    let start = ContinuousClock.now
    func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }
    var breaker = CircuitBreaker(threshold: 3, pause: .seconds(10))
    for _ in 0..<2 { breaker.failed(now: start) }
    breaker.succeeded()
    for _ in 0..<2 { breaker.failed(now: start) }
    #expect(breaker.enter(now: start) == true)
    breaker.failed(now: start)
    #expect(breaker.enter(now: at(9.9)) == false)
    // One probe; everybody else waits for what it says.
    #expect(breaker.enter(now: at(10)) == true)
    #expect(breaker.enter(now: at(10)) == false)
    breaker.failed(now: at(11))
    // Twice as long after the second opening.
    #expect(breaker.enter(now: at(30.9)) == false)
    #expect(breaker.enter(now: at(31)) == true)
    breaker.succeeded()
    #expect(breaker.enter(now: at(31)) == true)
    #expect(breaker.enter(now: at(31)) == true)
  }

  @Test func aProbeThatLeavesGivesTheNextItsTurn() {
    let start = ContinuousClock.now
    var breaker = CircuitBreaker(threshold: 1, pause: .seconds(10))
    breaker.failed(now: start)
    let later = start.advanced(by: .seconds(10))
    #expect(breaker.enter(now: later) == true)
    breaker.leftOpen(now: later)
    #expect(breaker.enter(now: later) == true)
    // And one that never came back does not keep it open for ever.
    #expect(breaker.enter(now: later.advanced(by: .seconds(121))) == true)
  }

  @Test func whoWaitsForAProbeAsksAgainSoon() {
    let start = ContinuousClock.now
    func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }
    var breaker = CircuitBreaker(threshold: 1, pause: .seconds(10))
    breaker.failed(now: start)
    #expect(breaker.retryAfter(now: start) == .seconds(10))
    #expect(breaker.enter(now: at(10)) == true)
    // The probe may succeed any moment; its patience of minutes is not what the others should wait for.
    #expect(breaker.retryAfter(now: at(10)) <= .seconds(1))
    breaker.succeeded()
    #expect(breaker.retryAfter(now: at(11)) == .zero)
  }

  @Test func repeatsAreAPartOfTheTraffic() {
    var budget = RetryBudget(ratio: 0.1, reserve: 10)
    var repeats = 0
    for _ in 0..<10_000 {
      budget.requested()
      while budget.withdraw() { repeats += 1 }
    }
    #expect((1_000...1_010).contains(repeats))
  }

  /// Everything answers 429: the storm ends without a storm of repeats.
  @Test func a429StormIsNotAnsweredByAStorm() async throws {
    try await withScriptedModel(.init(faults: [.init(.status(429, retryAfter: 0))])) { model in
      var configuration = LLMConfiguration(environment: model.environment)
      configuration.calls.backoff = BackoffPolicy(initial: .milliseconds(1), maximum: .milliseconds(2))
      let llm = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
      await withTaskGroup(of: Void.self) { group in
        for index in 0..<200 {
          group.addTask {
            let error = await #expect(throws: LLMError.self) {
              try await llm.complete(ChatRequest(messages: [.user("\(index)")]))
            }
            #expect(error?.failureClass == .throttled)
          }
        }
      }
      // 200 asked once; of repeats there are the reserve of ten and a tenth.
      #expect(model.requests.count <= 200 + 10 + 20)
    }
  }

  @Test func aFallbackTakesOverAndTheAttemptsGoOnCounting() async throws {
    try await withScriptedModel(.init(faults: [.init(.status(500), matching: nil)])) { broken in
      try await withScriptedModel { working in
        var configuration = LLMConfiguration()
        configuration.providers = [
          ProviderConfiguration(name: "broken", dialect: .openAIChat, baseURL: broken.baseURL),
          ProviderConfiguration(name: "working", dialect: .openAIChat, baseURL: working.baseURL),
        ]
        configuration.targets = [
          TargetConfiguration(name: "a", provider: "broken", model: "a"),
          TargetConfiguration(name: "b", provider: "working", model: "b"),
        ]
        configuration.routes = [RouteConfiguration(name: "default", targets: ["a", "b"], selection: .order)]
        configuration.calls.breakerFailures = 3
        let llm = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
        let sink = RecordingSink()
        for index in 0..<10 {
          let response = try await llm.complete(ChatRequest(messages: [.user("\(index)")]), usage: sink)
          #expect(response.provider == "working")
        }
        // After three failures in a row nobody is sent there any more.
        #expect(broken.requests.count == 3)
        #expect(llm.targets[0].state == "broken")
        #expect(sink.events.prefix(2).map(\.attempt) == [1, 2])
        #expect(sink.events.prefix(2).map(\.outcome) == [.failed, .paid])
        let explanation = try llm.explain(ChatRequest(messages: [.user("x")]))
        #expect(explanation.candidates.first { $0.target == "a" }?.reasons.contains { $0.contains("circuit") } == true)
      }
    }
  }

  @Test func quotaPausesTheTargetAndTheOtherServes() async throws {
    try await withScriptedModel(.init(faults: [.init(.status(402, message: "payment required"))])) { poor in
      try await withScriptedModel { rich in
        var configuration = LLMConfiguration()
        configuration.providers = [
          ProviderConfiguration(name: "poor", dialect: .openAIChat, baseURL: poor.baseURL),
          ProviderConfiguration(name: "rich", dialect: .openAIChat, baseURL: rich.baseURL),
        ]
        configuration.targets = [
          TargetConfiguration(name: "a", provider: "poor", model: "claude-sonnet-4-5"),
          TargetConfiguration(name: "b", provider: "rich", model: "whatever"),
        ]
        let llm = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
        var request = ChatRequest(messages: [.user("Summarize this.")])
        request.taskClass = .summary
        for _ in 0..<5 { #expect(try await llm.complete(request).provider == "rich") }
        #expect(poor.requests.count == 1)
        #expect(llm.targets[0].state == "paused")
      }
    }
  }

  @Test func adviceIsReadFromEveryHeader() throws {
    let now = try #require(Date(rfc3339: "2026-11-24T07:00:00.000Z"))
    func wait(_ headers: HTTPClient.Headers, status: Int = 429) -> Duration? {
      RetryAdvice.wait(headers, status: status, now: now)
    }
    #expect(wait(["retry-after": "7"]) == .seconds(7))
    #expect(wait(["Retry-After": "0.5"]) == .milliseconds(500))
    #expect(wait(["retry-after-ms": "250", "retry-after": "7"]) == .milliseconds(250))
    #expect(wait(["retry-after": "Tue, 24 Nov 2026 07:00:30 GMT"]) == .seconds(30))
    #expect(wait(["retry-after": "Tue, 24 Nov 2026 06:00:30 GMT"]) == .zero)
    #expect(wait(["retry-after": "99999999"]) == .seconds(3_600))
    #expect(wait(["retry-after": "soon"]) == nil)
    #expect(wait(["retry-after": "3"], status: 503) == .seconds(3))
    #expect(
      wait(["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2.5s"]) == .milliseconds(62_500))
    #expect(wait(["x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "1m"]) == nil)
    #expect(
      wait([
        "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-11-24T07:00:10Z",
      ]) == .seconds(10))
    #expect(RetryAdvice.goDuration("120ms") == .milliseconds(120))
    #expect(RetryAdvice.goDuration("1h2m") == .seconds(3_720))
    #expect(RetryAdvice.goDuration("x") == nil)
    #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == Date(rfc3339: "1994-11-06T08:49:37.000Z"))
  }

  @Test func aFullQueueFallsBackToo() async throws {
    try await withScriptedModel(.init(latency: .fixed(.milliseconds(300)))) { slow in
      try await withScriptedModel { other in
        var configuration = LLMConfiguration()
        configuration.providers = [
          ProviderConfiguration(name: "slow", dialect: .openAIChat, baseURL: slow.baseURL),
          ProviderConfiguration(name: "other", dialect: .openAIChat, baseURL: other.baseURL),
        ]
        configuration.targets = [
          TargetConfiguration(
            name: "a", provider: "slow", model: "a", limits: TargetLimits(concurrency: 1, queue: 0)),
          TargetConfiguration(name: "b", provider: "other", model: "b"),
        ]
        configuration.routes = [RouteConfiguration(name: "default", targets: ["a", "b"], selection: .order)]
        let llm = try LLMClient(configuration: configuration, metrics: MetricsRegistry())
        async let first = llm.complete(ChatRequest(messages: [.user("1")]))
        while slow.callsInFlight == 0 { try await Task.sleep(for: .milliseconds(2)) }
        let second = try await llm.complete(ChatRequest(messages: [.user("2")]))
        #expect(second.provider == "other")
        #expect(second.attempts == 1)
        #expect(try await first.provider == "slow")
      }
    }
  }
}
