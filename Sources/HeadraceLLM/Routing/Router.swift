internal import HeadraceCore

/// Chooses a model: eligibility, class of the task, utility. Pure: what was measured is handed in.
struct Router: Sendable {
  struct Input {
    var request: ChatRequest
    var route: RouteConfiguration
    var inputTokens: Int
    /// By target, in the order of the route.
    var targets: [Candidate]
  }

  struct Candidate {
    var configuration: TargetConfiguration
    var provider: ProviderConfiguration
    var price: ModelPrice?
    var isLocal: Bool
    var statistics: TargetStatistics
    /// Why it cannot be used at this moment although it could serve; it is then tried last.
    var pause: String?
    /// Why a budget forbids it.
    var budget: String?
    /// What its dialect cannot say.
    var unsupported: String?
    /// What would be left out of the request, in words.
    var leftOut: [String] = []
  }

  let policy: RoutingPolicy
  let classifier: TaskClassifier
  let priceTableVersion: String
  let budgetsApply: Bool

  /// The explanation, and the indices of usable targets, best first; empty: none.
  func plan(_ input: Input) -> (explanation: RouteExplanation, order: [Int]) {
    let (taskClass, by, confidence) = classify(input.request)
    var scored: [(index: Int, candidate: RouteExplanation.Candidate)] = []
    var refused: [RouteExplanation.Candidate] = []
    for (index, candidate) in input.targets.enumerated() {
      let configuration = candidate.configuration
      var line = RouteExplanation.Candidate(
        target: configuration.name, provider: candidate.provider.name, model: configuration.model, eligible: false,
        reasons: [])
      let obstacles = obstacles(candidate, input)
      guard obstacles.isEmpty else {
        line.reasons = obstacles
        refused.append(line)
        continue
      }
      line.eligible = true
      score(&line, candidate, taskClass, input)
      scored.append((index, line))
    }
    if input.route.selection == .router {
      // Equal scores keep the route's order.
      scored.sort { ($0.candidate.score ?? 0, $1.index) > ($1.candidate.score ?? 0, $0.index) }
    }
    let margin = scored.count > 1 ? (scored[0].candidate.score ?? 0) - (scored[1].candidate.score ?? 0) : 1
    var reason = reason(scored.first?.candidate, taskClass, input.route, alternatives: scored.count - 1)
    if input.route.selection == .router, margin < policy.minimumMargin, let name = policy.defaultTarget,
      let place = scored.firstIndex(where: { $0.candidate.target == name })
    {
      scored.insert(scored.remove(at: place), at: 0)
      reason = "the margin is below \(policy.minimumMargin): the declared default"
    }
    let best = scored.first?.candidate
    let explanation = RouteExplanation(
      provider: best?.provider ?? "", model: best?.model ?? "", target: best?.target ?? "", route: input.route.name,
      class: taskClass, classifiedBy: by, confidence: confidence, margin: margin, reason: reason,
      candidates: scored.map(\.candidate) + refused, priceTable: priceTableVersion, policy: policy.name)
    return (explanation, scored.map(\.index))
  }

  func classify(_ request: ChatRequest) -> (TaskClass, by: String, confidence: Double) {
    if let given = request.taskClass { return (given, "request", 1) }
    if case .json = request.format, request.tools.isEmpty, request.processor != nil {
      return (.extraction, "rule", 1)
    }
    let text = request.messages.last { $0.role == .user }?.text ?? ""
    return classifier.classify(text)
  }

  private func obstacles(_ candidate: Candidate, _ input: Input) -> [String] {
    let request = input.request
    let configuration = candidate.configuration
    var reasons: [String] = []
    if let model = request.model, model != configuration.name, model != configuration.model {
      reasons.append("the request names the model \(model)")
    }
    let output = request.maximumOutputTokens ?? min(configuration.maximumOutputTokens, 1_024)
    if input.inputTokens + output > configuration.contextTokens {
      reasons.append(
        "about \(input.inputTokens) tokens of input and \(output) of output exceed its context of \(configuration.contextTokens)"
      )
    }
    if output > configuration.maximumOutputTokens {
      reasons.append("it answers with at most \(configuration.maximumOutputTokens) tokens")
    }
    if !request.tools.isEmpty, !configuration.capabilities.contains(.tools) { reasons.append("it calls no tools") }
    let content = request.messages.flatMap(\.content)
    if content.contains(where: { if case .image = $0 { true } else { false } }),
      !configuration.capabilities.contains(.vision)
    {
      reasons.append("it reads no images")
    }
    if content.contains(where: { if case .file = $0 { true } else { false } }),
      !configuration.capabilities.contains(.files)
    {
      reasons.append("it reads no files")
    }
    if case .json = request.format, !configuration.capabilities.contains(.jsonSchema) {
      reasons.append("it keeps to no JSON schema")
    }
    let constraints = request.constraints
    if !constraints.residency.isEmpty, constraints.residency.isDisjoint(with: candidate.provider.residency) {
      reasons.append("its data is processed outside \(constraints.residency.sorted().joined(separator: ", "))")
    }
    if constraints.dataClass > candidate.provider.clearance {
      reasons.append("it is cleared for \(candidate.provider.clearance.rawValue) data only")
    }
    if !constraints.providers.isEmpty, !constraints.providers.contains(candidate.provider.name) {
      reasons.append("its provider is not among those asked for")
    }
    if let what = candidate.unsupported { reasons.append(what) }
    if let budget = candidate.budget { reasons.append(budget) }
    if budgetsApply, candidate.price == nil, !candidate.isLocal {
      reasons.append("the price table \(priceTableVersion) has no price for it, so no budget could hold")
    }
    return reasons
  }

  private func score(
    _ line: inout RouteExplanation.Candidate, _ candidate: Candidate, _ taskClass: TaskClass, _ input: Input
  ) {
    let configuration = candidate.configuration
    let quality = configuration.quality[taskClass] ?? ModelQuality.prior(configuration.family, taskClass)
    let milliseconds = candidate.statistics.milliseconds ?? configuration.expectedMilliseconds
    let output = Int(candidate.statistics.outputTokens ?? Double(min(input.request.maximumOutputTokens ?? 500, 500)))
    let cost = candidate.price?.cost(of: TokenCount(input: input.inputTokens, output: output))
    let dollars = Double(cost?.nanos ?? 0) / 1e9
    var score = quality - policy.costWeight * dollars - policy.latencyWeight * milliseconds / 1_000
    line.reasons = ["quality \(Self.rounded(quality)) for \(taskClass.rawValue)"]
    if policy.preferred[taskClass] == configuration.family {
      score += policy.preferenceBonus
      line.reasons.append("the policy prefers \(configuration.family.rawValue) for \(taskClass.rawValue)")
    }
    if let pause = candidate.pause {
      // Still a candidate: when all pause, the best of them is waited for.
      score -= 10
      line.reasons.append(pause)
    }
    line.reasons += candidate.leftOut
    line.score = Self.rounded(score)
    line.quality = Self.rounded(quality)
    line.expectedCost = cost?.amount
    line.expectedMilliseconds = milliseconds.rounded()
  }

  private func reason(
    _ best: RouteExplanation.Candidate?, _ taskClass: TaskClass, _ route: RouteConfiguration, alternatives: Int
  ) -> String {
    guard let best else { return "no target can serve the request" }
    if alternatives <= 0 { return "the only eligible target" }
    if route.selection == .order { return "the first eligible of the route's order" }
    return "best for \(taskClass.rawValue): \(best.reasons.joined(separator: ", "))"
  }

  private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
