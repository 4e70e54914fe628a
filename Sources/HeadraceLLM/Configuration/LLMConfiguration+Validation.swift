internal import HeadraceCore

extension LLMConfiguration {
  /// Finds what contradicts itself.
  ///
  /// - Throws: ``LLMError`` of code `invalidRequest`.
  func validate() throws {
    func wrong(_ what: String) -> LLMError { LLMError(.invalidRequest, what) }
    func firstRepeat(_ names: [String]) -> String? {
      var seen: Set<String> = []
      return names.first { !seen.insert($0).inserted }
    }
    if let name = firstRepeat(providers.map(\.name)) { throw wrong("two providers are called \(name)") }
    if let name = firstRepeat(targets.map(\.name)) { throw wrong("two targets are called \(name)") }
    if let name = firstRepeat(routes.map(\.name)) { throw wrong("two routes are called \(name)") }
    for provider in providers where !provider.baseURL.hasPrefix("http://") && !provider.baseURL.hasPrefix("https://") {
      throw wrong("the address of provider \(provider.name) must begin with http:// or https://")
    }
    let known = Set(providers.map(\.name))
    for target in targets {
      guard known.contains(target.provider) else {
        throw wrong("target \(target.name) names the unknown provider \(target.provider)")
      }
      guard target.limits.concurrency > 0, target.limits.queue >= 0,
        target.limits.requestsPerMinute ?? 1 > 0, target.limits.tokensPerMinute ?? 1 > 0
      else { throw wrong("the limits of target \(target.name) must be more than zero") }
    }
    let names = Set(targets.map(\.name))
    for route in routes {
      if let name = route.targets.first(where: { !names.contains($0) }) {
        throw wrong("route \(route.name) names the unknown target \(name)")
      }
    }
    if let name = routing.defaultTarget, !names.contains(name) {
      throw wrong("the router's default \(name) is no target")
    }
    // A budget in another currency than the prices would never be touched: it would only look like a guard.
    let currencies = Set(prices.entries.map(\.price.input.currency))
    for budget in budgets {
      guard budget.limit.nanos >= 0 else { throw wrong("a budget is less than nothing") }
      guard currencies.isSubset(of: [budget.limit.currency]) else {
        throw wrong("a budget is in \(budget.limit.currency), the price table is not")
      }
    }
  }
}
