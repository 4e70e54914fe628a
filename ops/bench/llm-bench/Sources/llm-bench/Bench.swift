import HeadraceCore
import HeadraceHTTP
import HeadraceLLM

/// What is measured, on the tasks of the pool as in a service: a call made on the main actor would be waited for by a
/// thread of its own.
struct Bench: Sendable {
  let address = CommandLine.arguments[1]
  let concurrent = Int(CommandLine.arguments[2]) ?? 1_000
  let sequential = Int(CommandLine.arguments[3]) ?? 3_000

  @concurrent func run() async throws {
    // Without concurrent streams only the plain calls, for comparisons in turns.
    let isComparison = concurrent == 0
    if !isComparison { try await router() }

    let http = HTTPClient()
    let exchanges = try await timed(sequential) { _ in _ = try await http.execute(request("/now/v1")) }
    print("HTTPClient, \(sequential) calls one after the other: \(exchanges)")

    let now = try client("/now/v1")
    let calls = try await timed(sequential) { index in
      var request = ChatRequest(messages: [.user("hello")])
      request.sample = index
      _ = try await now.complete(request)
    }
    print("LLMClient, \(sequential) calls one after the other: \(calls)")
    if isComparison { return }

    try await many("HTTPClient") { _ in
      _ = try await http.execute(request("/v1"))
      return 20
    }
    let streaming = try client("/v1")
    try await many("LLMClient") { index in
      try await streaming.complete(ChatRequest(messages: [.user("call \(index)")])).usage.outputTokens
    }
  }

  private func router() async throws {
    let explaining = try LLMClient(
      configuration: LLMConfiguration(environment: [
        "OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b", "GEMINI_API_KEY": "c",
      ]))
    let article = String(repeating: "The mill wheel turned slowly in the cold water of the headrace. ", count: 20)
    let question = ChatRequest(messages: [
      .system("You are helpful."), .user("Summarize the following article: " + article),
    ])
    let decisions = try await timed(20_000) { _ in _ = try explaining.explain(question) }
    print("router, three providers, a prompt of 1.3 KB: \(decisions)")
  }

  private func client(_ path: String) throws -> LLMClient {
    var configuration = LLMConfiguration(environment: [
      "HEADRACE_LLM_BASE_URL": address + path, "HEADRACE_LLM_MODEL": "m", "HEADRACE_LLM_CONCURRENCY": "4096",
    ])
    configuration.cacheBytes = 0
    return try LLMClient(configuration: configuration)
  }

  private func request(_ path: String) -> HTTPClient.Request {
    let body = #"{"model":"m","stream":true,"max_tokens":64,"messages":[{"role":"user","content":"hello"}]}"#
    return .init(
      method: "POST", url: address + path + "/chat/completions", headers: ["content-type": "application/json"],
      body: .bytes(Array(body.utf8)), receiveBufferBytes: 4_096)
  }

  private func timed(_ count: Int, _ body: (Int) async throws -> Void) async throws -> String {
    var times: [Duration] = []
    for index in -100..<count {
      let start = ContinuousClock.now
      try await body(index)
      if index >= 0 { times.append(ContinuousClock.now - start) }
    }
    let sorted = times.sorted()
    func at(_ part: Double) -> String {
      "\((sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))].seconds * 1e6).rounded() / 1e3) ms"
    }
    return "p50 \(at(0.5)), p99 \(at(0.99))"
  }

  /// Many streams of one second at once.
  private func many(_ what: String, _ call: @escaping @Sendable (Int) async throws -> Int) async throws {
    let before = Process.residentMegabytes()
    for round in 1...3 {
      let start = ContinuousClock.now
      let used = Process.processorSeconds()
      let peak = PeakMemory()
      try await withThrowingTaskGroup(of: Int.self) { group in
        group.addTask {
          await peak.watch(for: .milliseconds(950))
          return 0
        }
        for index in 0..<concurrent { group.addTask { try await call(index) } }
        var answered = 0
        for try await tokens in group { answered += tokens }
        precondition(answered == 20 * concurrent, "an answer is not whole")
      }
      let wall = ((ContinuousClock.now - start).seconds * 1e3).rounded() / 1e3
      let each = ((Process.processorSeconds() - used) / Double(concurrent) * 1e6).rounded()
      let memory = (max(peak.megabytes, Process.residentMegabytes()) - before).rounded()
      print(
        "\(what), \(concurrent) streams of 1 s and 20 tokens, round \(round): wall \(wall) s, CPU \(each) µs a call, memory +\(memory) MB"
      )
    }
  }
}
