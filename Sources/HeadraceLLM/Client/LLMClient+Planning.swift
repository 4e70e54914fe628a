internal import FoundationEssentials
internal import HeadraceCore
internal import Synchronization

extension LLMClient {
  /// A request with everything that is decided before the first attempt.
  struct Plan {
    var route: RouteConfiguration
    var explanation: RouteExplanation
    /// Usable targets, best first; never empty.
    var targets: [Target]
    var inputTokens: Int

    var decision: RouteDecisionSummary {
      RouteDecisionSummary(
        taskClass: explanation.class, margin: explanation.margin, reason: explanation.reason)
    }
  }

  func plan(_ request: ChatRequest) throws -> Plan {
    let name = request.route ?? "default"
    guard let route = routes[name] else {
      throw LLMError(
        .unknownModel, "no route is called \(name); there are \(routes.keys.sorted().joined(separator: ", "))")
    }
    guard isConfigured else {
      throw LLMError(
        .noTarget,
        "no model is configured: set HEADRACE_LLM_BASE_URL, or a provider's key such as OPENAI_API_KEY")
    }
    let targets = targets(of: route)
    let inputTokens = TokenEstimate.tokens(in: request, request.messages)
    let candidates = candidates(route, request, inputTokens)
    let (explanation, order) = router.plan(
      Router.Input(request: request, route: route, inputTokens: inputTokens, targets: candidates))
    guard !order.isEmpty else {
      throw Self.noTarget(
        explanation,
        isBudgetAlone: candidates.contains { $0.budget != nil }
          && explanation.candidates
            .contains { $0.reasons.count == 1 && candidates.compactMap(\.budget).contains($0.reasons[0]) }
      )
    }
    return Plan(
      route: route, explanation: explanation, targets: order.map { targets[$0] }, inputTokens: inputTokens)
  }

  private func targets(of route: RouteConfiguration) -> [Target] {
    let names = route.targets.isEmpty ? configuration.targets.map(\.name) : route.targets
    return names.compactMap { targetsByName[$0] }
  }

  private func candidates(
    _ route: RouteConfiguration, _ request: ChatRequest, _ inputTokens: Int
  ) -> [Router.Candidate] {
    targets(of: route).map { target in
      Router.Candidate(
        configuration: target.configuration, provider: target.provider, price: target.price, isLocal: target.isLocal,
        statistics: target.statistics, pause: pause(target), budget: budgetObstacle(target, request, inputTokens),
        unsupported: target.dialect.unsupported(request),
        leftOut: target.dialect.leftOut(request, target.configuration))
    }
  }

  /// Lets the shadow policy decide on the same request and counts what it would have chosen.
  func shadow(_ plan: Plan, _ request: ChatRequest) {
    guard let policy = configuration.shadow, plan.route.selection == .router else { return }
    let shadow = Router(
      policy: policy, classifier: router.classifier, priceTableVersion: configuration.prices.version,
      budgetsApply: !configuration.budgets.isEmpty)
    let (explanation, _) = shadow.plan(
      Router.Input(
        request: request, route: plan.route, inputTokens: plan.inputTokens,
        targets: candidates(plan.route, request, plan.inputTokens)))
    instruments.shadowed(explanation.class, chosen: plan.explanation.target, shadow: explanation.target)
  }

  func outputTokens(_ request: ChatRequest, _ target: Target) -> Int {
    request.maximumOutputTokens ?? min(target.configuration.maximumOutputTokens, 1_024)
  }

  func subject(_ request: ChatRequest) -> BudgetLedger.Subject {
    BudgetLedger.Subject(
      tenant: request.tenant, processor: request.processor, keyID: request.keyID, runID: request.runID,
      route: request.route ?? "default")
  }

  static func today() -> String { String(Date().rfc3339.prefix(10)) }

  private func pause(_ target: Target) -> String? {
    if target.isBroken { return "its circuit is open after failures" }
    if target.limiter.isPaused {
      return "it is paused: the provider asked to wait, or reported its quota or a wrong key"
    }
    return nil
  }

  private func budgetObstacle(_ target: Target, _ request: ChatRequest, _ inputTokens: Int) -> String? {
    guard !configuration.budgets.isEmpty else { return nil }
    let amount = target.bound(inputTokens: inputTokens, outputTokens: outputTokens(request, target))
    let found = ledger.withLock { $0.refusal(amount, for: subject(request), day: Self.today()) }
    return found.map { Self.spent($0.account, $0.held, $0.limit, amount, configuration) }
  }

  static func spent(
    _ account: BudgetLedger.Account, _ spent: Money, _ limit: Money, _ amount: Money, _ configuration: LLMConfiguration
  ) -> String {
    let budget = configuration.budgets[account.budget]
    return
      "the \(budget.window.rawValue) budget of \(budget.scope.rawValue) \(account.subject) has \(spent) of \(limit) spent or reserved, and this call may cost \(amount)"
  }

  private static func noTarget(_ explanation: RouteExplanation, isBudgetAlone: Bool) -> LLMError {
    let lines = explanation.candidates.map { "\($0.target): \($0.reasons.joined(separator: "; "))" }
    return LLMError(isBudgetAlone ? .budget : .noTarget, lines.joined(separator: " | "))
  }
}
