public import HeadraceCore
public import HeadraceHTTP
internal import FoundationEssentials
public import HeadraceTelemetry
internal import Synchronization

/// Calls models: one kind of request and answer for every provider, paid once, within limits and budgets.
///
/// ```swift
/// let llm = try LLMClient(configuration: LLMConfiguration(environment: environment))
/// let response = try await llm.complete(ChatRequest(messages: [.user("Why is the sky blue?")]))
/// ```
/// Any task may call any method. Limits, circuits, statistics, budgets and cache are those of this object: a process has
/// one client.
public final class LLMClient: Sendable {
  /// What the client was made with.
  public let configuration: LLMConfiguration
  let http: HTTPClient
  let targetsByName: [String: Target]
  let routes: [String: RouteConfiguration]
  let router: Router
  let ledger: Mutex<BudgetLedger>
  let cache: Mutex<ResponseCache>
  let retries: Mutex<RetryBudget>
  let failedAttempts = Mutex(FailedAttempts())
  let waits = EndableWaits()
  let instruments: LLMInstruments
  let logger = Logger(label: "headrace.llm")

  /// Makes a client; does no I/O. Without any target it can be made, and every call fails with `model_no_target`.
  ///
  /// - Parameters:
  ///   - configuration: targets, routes, limits, prices.
  ///   - http: the HTTP client to share; by default one of its own.
  ///   - metrics: where it counts.
  /// - Throws: ``LLMError`` of code `invalidRequest` that says what in the configuration contradicts itself.
  public init(
    configuration: LLMConfiguration, http: HTTPClient? = nil, metrics: MetricsRegistry = .shared
  ) throws {
    try configuration.validate()
    self.configuration = configuration
    self.http = http ?? HTTPClient(configuration: .init(threadName: "headrace-llm"))
    let providers = Dictionary(uniqueKeysWithValues: configuration.providers.map { ($0.name, $0) })
    var targets: [String: Target] = [:]
    for target in configuration.targets {
      targets[target.name] = Target(
        target, provider: providers[target.provider]!,
        price: configuration.prices.price(provider: target.provider, model: target.model),
        policy: configuration.calls)
    }
    targetsByName = targets
    var routes = Dictionary(uniqueKeysWithValues: configuration.routes.map { ($0.name, $0) })
    if routes["default"] == nil { routes["default"] = RouteConfiguration(name: "default") }
    self.routes = routes
    router = Router(
      policy: configuration.routing, classifier: TaskClassifier(), priceTableVersion: configuration.prices.version,
      budgetsApply: !configuration.budgets.isEmpty)
    ledger = Mutex(BudgetLedger(configuration.budgets))
    cache = Mutex(ResponseCache(bytes: configuration.cacheBytes))
    retries = Mutex(RetryBudget(ratio: configuration.calls.retryRatio, reserve: configuration.calls.retryReserve))
    instruments = LLMInstruments(metrics)
  }

  /// Whether any model is configured.
  public var isConfigured: Bool { !targetsByName.isEmpty }

  /// Asks a model and returns the whole answer.
  ///
  /// The journal is asked first; what it holds is not paid again. Otherwise: permit and budget, the call (always
  /// streamed on the wire), validation of JSON and one repair, repeats and fallbacks within the request's time. Each
  /// attempt's usage event is recorded before the result is returned.
  ///
  /// - Parameters:
  ///   - request: what to ask.
  ///   - journal: remembers paid answers; `NoJournal` for one-off calls.
  ///   - usage: takes the bill.
  /// - Throws: ``LLMError``, `CancellationError`, or what the journal throws.
  public func complete(
    _ request: ChatRequest, journal: some CallJournal = NoJournal(), usage: some UsageSink = NoUsageSink()
  ) async throws -> ChatResponse {
    try await run(request, journal: journal, usage: usage, onText: nil)
  }

  /// As ``complete(_:journal:usage:)``, with the answer's text as it comes.
  ///
  /// - Parameters:
  ///   - request: what to ask.
  ///   - journal: remembers paid answers.
  ///   - usage: takes the bill.
  ///   - onRestart: called when an attempt failed whose text was handed out in part: the text begins anew.
  ///   - onText: called with what has come since the last time, in order, on the task that makes the call; while it runs
  ///     at most some 64 KiB wait, then the server does. An answer from the journal or the cache comes in one piece.
  public func stream(
    _ request: ChatRequest, journal: some CallJournal = NoJournal(), usage: some UsageSink = NoUsageSink(),
    onRestart: (@Sendable () async throws -> Void)? = nil,
    onText: @escaping @Sendable (String) async throws -> Void
  ) async throws -> ChatResponse {
    try await run(
      request, journal: journal, usage: usage, onText: AnswerListener(onText: onText, onRestart: onRestart))
  }

  /// What makes two requests the same, as asked: see ``ChatRequest/fingerprint``.
  public func fingerprint(of request: ChatRequest) -> CallFingerprint { request.fingerprint }

  /// Which model would be asked, and why, without asking any.
  ///
  /// - Throws: ``LLMError`` `noTarget` that names every candidate with its reason, or `unknownModel` for an unknown
  ///   route.
  public func explain(_ request: ChatRequest) throws -> RouteExplanation {
    try plan(request).explanation
  }

  /// About how many tokens a text has; on the high side.
  public func estimateTokens(_ text: String) -> Int { TokenEstimate.tokens(in: text) }

  /// The configured targets and how they are.
  public var targets: [TargetSummary] {
    configuration.targets.compactMap { targetsByName[$0.name] }.map { TargetSummary($0) }
  }

  /// This process's part of the rates per minute and of what budgets have left, 0 … 1: of several replicas each has as
  /// much as partitions it owns. Any thread; calls that wait are looked at again at once.
  public func setShare(_ share: Double) {
    let share = min(max(share, 0), 1)
    for target in targetsByName.values { target.limiter.setShare(max(share, 0.000_1)) }
    ledger.withLock { $0.share = share }
  }

  /// From now on a call that would only wait (for an open circuit, a permit, a budget, the time before a repeat) fails at
  /// once with `model_client_stopping`; those that wait now do as well. Calls on the wire go on to their end. For the
  /// beginning of a graceful shutdown. Any thread; there is no way back.
  public func stopWaiting() {
    waits.end()
    for target in targetsByName.values { target.limiter.stopWaiting() }
  }
}
