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
  private func breaker(threshold: Int, longest: Duration = .seconds(30)) -> CircuitBreaker {
    CircuitBreaker(threshold: threshold, firstPause: .seconds(1), longestPause: longest)
  }

  @Test func theCircuitOpensProbesAndCloses() {
    let start = ContinuousClock.now
    func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }
    var breaker = breaker(threshold: 3)
    for _ in 0..<2 { breaker.failed(now: start) }
    breaker.succeeded()
    for _ in 0..<2 { breaker.failed(now: start) }
    #expect(breaker.enter(now: start) == true)
    breaker.failed(now: start)
    #expect(breaker.enter(now: at(0.9)) == false)
    // One probe; everybody else waits for what it says.
    #expect(breaker.enter(now: at(8)) == true)
    #expect(breaker.enter(now: at(8)) == false)
    breaker.failed(now: at(8))
    // A quarter of the outage's eight seconds.
    #expect(breaker.enter(now: at(9.9)) == false)
    #expect(breaker.enter(now: at(10)) == true)
    breaker.succeeded()
    #expect(breaker.enter(now: at(10)) == true)
    #expect(breaker.enter(now: at(10)) == true)
  }

  /// A short outage is probed each second, a long one twice a minute; so many faults are used up soon.
  @Test func theCircuitProbesAShortOutageOften() {
    let start = ContinuousClock.now
    var breaker = breaker(threshold: 5)
    var now = start
    for _ in 0..<16 {
      now = max(now, breaker.opensAt(now: now))
      #expect(breaker.enter(now: now) == true)
      breaker.failed(now: now)
    }
    now = max(now, breaker.opensAt(now: now))
    #expect(now - start < .seconds(25))
    var probes = 0
    while now - start < .seconds(3_600) {
      now = max(now, breaker.opensAt(now: now))
      #expect(breaker.enter(now: now) == true)
      breaker.failed(now: now)
      probes += 1
    }
    #expect((110...140).contains(probes))
  }

  @Test func aProbeThatLeavesGivesTheNextItsTurn() {
    let start = ContinuousClock.now
    var breaker = breaker(threshold: 1)
    breaker.failed(now: start)
    let later = start.advanced(by: .seconds(1))
    #expect(breaker.enter(now: later) == true)
    breaker.leftOpen(now: later)
    #expect(breaker.enter(now: later) == true)
    // And one that never came back does not keep it open for ever.
    #expect(breaker.enter(now: later.advanced(by: .seconds(121))) == true)
  }

  @Test func whoWaitsForAProbeAsksAgainSoon() {
    let start = ContinuousClock.now
    func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }
    var breaker = breaker(threshold: 1)
    breaker.failed(now: start)
    #expect(breaker.retryAfter(now: start) == .seconds(1))
    #expect(breaker.enter(now: at(1)) == true)
    // The probe may succeed any moment; its patience of minutes is not what the others should wait for.
    #expect(breaker.retryAfter(now: at(1)) <= .milliseconds(500))
    breaker.succeeded()
    #expect(breaker.retryAfter(now: at(2)) == .zero)
  }

  private func client(_ model: ScriptedModel, _ change: (inout LLMConfiguration) -> Void = { _ in }) throws -> LLMClient
  {
    var configuration = LLMConfiguration(environment: model.environment)
    configuration.calls.backoff = BackoffPolicy(initial: .milliseconds(1), maximum: .milliseconds(2))
    change(&configuration)
    return try LLMClient(configuration: configuration, metrics: MetricsRegistry())
  }

  /// An outage says nothing of the request that met it: the caller hears when to come back, and no attempt is used up.
  @Test func anOutageIsToldAsOne() async throws {
    try await withScriptedModel(.init(faults: [.init(.status(500))])) { model in
      let llm = try client(model) {
        $0.calls.breakerFailures = 3
        $0.calls.breakerPause = .seconds(600)
      }
      let first = await #expect(throws: LLMError.self) { try await llm.complete(ChatRequest(messages: [.user("a")])) }
      #expect(first?.code == .circuitOpen)
      #expect(first?.failureClass == .throttled)
      #expect(first?.retryAfter ?? .zero > .zero)
      #expect(first?.detail.contains("model_unavailable") == true)
    }
  }

  /// Attempts of one request have numbers of their own in the bill, over several calls.
  @Test func attemptsAreNumberedOverCalls() async throws {
    try await withScriptedModel(.init(faults: [.init(.status(500), times: 5)])) { model in
      let llm = try client(model) {
        $0.calls.breakerFailures = 100
        $0.calls.maximumAttempts = 3
      }
      let sink = RecordingSink()
      var request = ChatRequest(messages: [.user("a")])
      await #expect(throws: LLMError.self) { try await llm.complete(request, usage: sink) }
      _ = try await llm.complete(request, usage: sink)
      #expect(sink.events.map(\.attempt) == [1, 2, 3, 4, 5, 6])
      // What another process did is known from the journal.
      request.sample = 1
      request.priorAttempts = 7
      _ = try await llm.complete(request, usage: sink)
      #expect(sink.events.last?.attempt == 8)
    }
  }

  @Test func aNamedTimeIsWaitedForAndNoLonger() async throws {
    try await withScriptedModel(.init(faults: [.init(.status(429, retryAfter: 1), times: 2)])) { model in
      let llm = try client(model) { $0.calls.backoff = BackoffPolicy(initial: .seconds(50), maximum: .seconds(60)) }
      let start = ContinuousClock.now
      let response = try await llm.complete(ChatRequest(messages: [.user("a")]))
      let took = ContinuousClock.now - start
      #expect(response.attempts == 3)
      #expect(took >= .milliseconds(1_990) && took < .seconds(20), "\(took)")
    }
  }

  /// At a graceful shutdown who only waits goes at once; a call on the wire comes to its end.
  @Test func stoppingEndsWaitsAndNoCalls() async throws {
    try await withScriptedModel(.init(latency: .fixed(.milliseconds(800)))) { model in
      let llm = try client(model) { $0.targets[0].limits = TargetLimits(concurrency: 1) }
      try await withThrowingTaskGroup(of: LLMError.Code?.self) { group in
        for index in 0..<5 {
          group.addTask {
            do {
              _ = try await llm.complete(ChatRequest(messages: [.user("call \(index)")]))
              return nil
            } catch let error as LLMError { return error.code }
          }
        }
        while model.callsInFlight < 1 || (llm.targets.first?.waiting ?? 0) < 4 {
          try await Task.sleep(for: .milliseconds(2))
        }
        llm.stopWaiting()
        var codes: [LLMError.Code?] = []
        for try await code in group { codes.append(code) }
        #expect(codes.count { $0 == .stopping } == 4)
        #expect(codes.count { $0 == nil } == 1)
      }
      #expect(model.billedCalls == 1)
    }
    // The same for those that wait for a model that is away.
    try await withScriptedModel(.init(faults: [.init(.status(503, retryAfter: 500))])) { model in
      let llm = try client(model)
      async let failure = #expect(throws: LLMError.self) {
        try await llm.complete(ChatRequest(messages: [.user("x")]))
      }
      while model.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
      llm.stopWaiting()
      #expect(await failure?.code == .stopping)
    }
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
        configuration.calls.breakerPause = .seconds(600)
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
        configuration.calls.quotaPause = .seconds(600)
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
