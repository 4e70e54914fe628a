/// How the router weighs quality, cost and latency, and which family of models it prefers for which work.
public struct RoutingPolicy: Sendable, Hashable {
  /// Name of the policy, for evaluations.
  public var name: String
  /// The family that a kind of work goes to, as long as a target of it is eligible.
  public var preferred: [TaskClass: ModelFamily]
  /// λ: what a dollar of expected cost takes from the utility. Default 2.
  public var costWeight: Double
  /// μ: what a second of expected latency takes from the utility. Default 0.004.
  public var latencyWeight: Double
  /// What belonging to the preferred family adds to the utility. Default 0.5.
  public var preferenceBonus: Double
  /// Below this margin the declared default is taken, when it is eligible. Default 0.01.
  public var minimumMargin: Double
  /// Name of the target for small margins; `nil`: none.
  public var defaultTarget: String?

  /// Makes a policy; the defaults are the shipped one.
  public init(
    name: String = "shipped", preferred: [TaskClass: ModelFamily] = RoutingPolicy.shippedPreferences,
    costWeight: Double = 2, latencyWeight: Double = 0.004, preferenceBonus: Double = 0.5, minimumMargin: Double = 0.01,
    defaultTarget: String? = nil
  ) {
    self.name = name
    self.preferred = preferred
    self.costWeight = costWeight
    self.latencyWeight = latencyWeight
    self.preferenceBonus = preferenceBonus
    self.minimumMargin = minimumMargin
    self.defaultTarget = defaultTarget
  }

  /// Deep reasoning and mathematics to an o1-class model, reading and summing up to a Sonnet-class one, conversation and
  /// small tasks to a Flash-class one.
  public static let shippedPreferences: [TaskClass: ModelFamily] = [
    .reasoning: .deepReasoning, .summary: .allRound, .code: .allRound, .extraction: .allRound, .translation: .allRound,
    .chat: .fast, .classification: .fast,
  ]
}
