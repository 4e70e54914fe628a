internal import HeadraceHTTPServer
internal import Synchronization

/// A model server that does what a test tells it: OpenAI's Chat Completions and embeddings over HTTP, with chosen
/// latencies, faults, and a counter of what it would bill.
///
/// ```swift
/// try await withScriptedModel(.init(latency: .logNormal(median: .milliseconds(200), sigma: 0.6))) { model in
///   let llm = try LLMClient(configuration: LLMConfiguration(environment: model.environment))
///   …
///   #expect(model.billedCalls == 1)
/// }
/// ```
public final class ScriptedModel: Sendable {
  struct State {
    var configuration: ScriptedModelConfiguration
    var generator: SeededGenerator
    var requests: [ScriptedModelRequest] = []
    var billed: [String: Int] = [:]
    var inFlight = 0
    var mostInFlight = 0
    var refused = 0
  }

  /// Its address, with `/v1`.
  public let baseURL: String
  let state: Mutex<State>

  init(_ configuration: ScriptedModelConfiguration, baseURL: String, state: consuming State) {
    self.baseURL = baseURL
    self.state = Mutex(state)
  }

  /// The variables that point a client to it: `HEADRACE_LLM_BASE_URL`, `HEADRACE_LLM_MODEL`.
  public var environment: [String: String] {
    ["HEADRACE_LLM_BASE_URL": baseURL, "HEADRACE_LLM_MODEL": "scripted", "HEADRACE_LLM_API_KEY": "key"]
  }

  /// Every request that came, refused ones included, oldest first; the last 100,000.
  public var requests: [ScriptedModelRequest] { state.withLock { $0.requests } }

  /// Calls that a provider would bill: those it began to answer.
  public var billedCalls: Int { state.withLock { $0.billed.values.reduce(0, +) } }

  /// The same by the text of the messages, so that a call made twice shows.
  public var billedCallsByPrompt: [String: Int] { state.withLock { $0.billed } }

  /// Requests answered with an error status.
  public var refusedCalls: Int { state.withLock { $0.refused } }

  /// Calls under way now.
  public var callsInFlight: Int { state.withLock { $0.inFlight } }

  /// The most that were under way at a time.
  public var mostCallsInFlight: Int { state.withLock { $0.mostInFlight } }

  /// Changes its behaviour from the next request on.
  public func configure(_ change: (inout ScriptedModelConfiguration) -> Void) {
    state.withLock { change(&$0.configuration) }
  }

  /// Forgets requests and bills.
  public func reset() {
    state.withLock { state in
      state.requests = []
      state.billed = [:]
      state.mostInFlight = state.inFlight
      state.refused = 0
    }
  }
}

/// Runs a scripted model, lends it, and stops it, also when `body` throws.
public func withScriptedModel<Result: Sendable>(
  _ configuration: ScriptedModelConfiguration = ScriptedModelConfiguration(),
  _ body: @Sendable (ScriptedModel) async throws -> Result
) async throws -> Result {
  let holder = ScriptedModelHolder()
  let port = configuration.port
  return try await withHTTPServer(ScriptedModelRoutes.router(holder), configuration: .init(port: port)) { _, port in
    let model = ScriptedModel(
      configuration, baseURL: "http://127.0.0.1:\(port)/v1",
      state: ScriptedModel.State(
        configuration: configuration, generator: SeededGenerator(seed: configuration.seed)))
    holder.model.withLock { $0 = model }
    return try await body(model)
  }
}

/// The routes exist before the port is known, the model after it.
final class ScriptedModelHolder: Sendable {
  let model = Mutex<ScriptedModel?>(nil)
}
