/// Everything that model calls need to know. Works empty (then every call says that nothing is configured), from the
/// environment, or filled by a configuration file.
public struct LLMConfiguration: Sendable {
  /// Who serves models.
  public var providers: [ProviderConfiguration]
  /// Which models, at which provider.
  public var targets: [TargetConfiguration]
  /// Named ways to them. Without one called `default`, that is all targets by the router.
  public var routes: [RouteConfiguration]
  /// Bounds on money.
  public var budgets: [BudgetConfiguration]
  /// Prices; the shipped table by default.
  public var prices: PriceTable
  /// How the router weighs.
  public var routing: RoutingPolicy
  /// A policy that decides beside it without effect: what it would have chosen is counted in
  /// `headrace_llm_shadow_decisions_total`. Default none.
  public var shadow: RoutingPolicy?
  /// Time-outs and repeats.
  public var calls: CallPolicy
  /// Bytes of answers kept for exact repeats; 0: no cache. Default 64 MiB.
  public var cacheBytes: Int
  /// Whether prompts and answers go into spans. Default false: they are somebody's data.
  public var recordsContent: Bool

  /// Makes a configuration without any model.
  public init() {
    providers = []
    targets = []
    routes = []
    budgets = []
    prices = .shipped
    routing = RoutingPolicy()
    calls = CallPolicy()
    cacheBytes = 64 << 20
    recordsContent = false
  }
}
