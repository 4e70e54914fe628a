import FoundationEssentials
import HeadraceCore
public import HeadraceLLM

extension Configuration {
  /// The settings of model calls: the providers' own variables, overlaid by `llm.*`.
  ///
  /// - Throws: ``ConfigurationError`` for a tree that can't be read.
  public func llm(environment: [String: String]) throws -> LLMConfiguration {
    var variables = environment
    for key in [ConfigurationKey.llmBaseURL, .llmDialect, .llmModel, .llmAPIKey] {
      if let value = string(key) { variables[key.environmentVariable] = value }
    }
    let isLocal = string(.llmBaseURL).map {
      $0.contains("//127.") || $0.contains("//localhost") || $0.contains("//[::1]")
    }
    let concurrency = int(.llmConcurrency) ?? (isLocal == true ? 2 : 64)
    variables[ConfigurationKey.llmConcurrency.environmentVariable] = String(concurrency)
    var configuration = LLMConfiguration(environment: variables)
    for index in configuration.targets.indices { configuration.targets[index].limits.concurrency = concurrency }
    try readProviders(into: &configuration, environment: environment)
    try readTargets(into: &configuration)
    for tree in try ConfigurationTree.list(tree(.llmRoutes), "llm.routes") {
      try tree.allows("name", "targets", "selection", "falls-back")
      configuration.routes.append(
        RouteConfiguration(
          name: try tree.required("name"), targets: try tree.texts("targets") ?? [],
          selection: try tree.choice("selection", as: RouteConfiguration.Selection.self) ?? .router,
          fallsBack: try tree.bool("falls-back") ?? true))
    }
    try readBudgets(into: &configuration)
    if let path = string(.llmPriceTable) {
      guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
        throw ConfigurationError("llm.price-table: \(path) can't be read")
      }
      do { configuration.prices = try PriceTable(parsing: Array(bytes)) } catch {
        throw ConfigurationError("llm.price-table: \(path): \(error)")
      }
    }
    if let policy = try policy(.llmPolicy) { configuration.routing = policy }
    configuration.shadow = try policy(.llmShadowPolicy)
    try readCalls(into: &configuration)
    configuration.cacheBytes = requiredInt(.llmCacheBytes)
    return configuration
  }

  /// A client for the models of these settings; does no I/O but reading the files that they name.
  ///
  /// - Throws: ``ConfigurationError`` for a tree that can't be read, and for settings that contradict each other.
  public func llmClient(environment: [String: String]) throws -> LLMClient {
    let models = try llm(environment: environment)
    do { return try LLMClient(configuration: models) } catch let error as LLMError {
      throw ConfigurationError("the settings of models (llm) are wrong: \(error.detail)")
    }
  }

  private func policy(_ key: ConfigurationKey) throws -> RoutingPolicy? {
    guard let path = string(key) else { return nil }
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      throw ConfigurationError("\(key.name): \(path) can't be read")
    }
    do { return try RoutingPolicy(parsing: Array(bytes)) } catch {
      throw ConfigurationError("\(key.name): \(path): \(error)")
    }
  }

  private func readCalls(into configuration: inout LLMConfiguration) throws {
    guard let value = tree(.llmCalls), value != .null else { return }
    let tree = ConfigurationTree(path: ConfigurationKey.llmCalls.name, value: value)
    try tree.allows(
      "connect-seconds", "first-token-seconds", "between-tokens-seconds", "attempt-seconds", "maximum-attempts")
    func seconds(_ name: String, _ path: WritableKeyPath<CallPolicy, Duration>) throws {
      guard let number = try tree.number(name) else { return }
      guard number > 0 else { throw ConfigurationError("\(tree.path).\(name) takes more than zero seconds") }
      configuration.calls[keyPath: path] = .seconds(number)
    }
    try seconds("connect-seconds", \.connectTimeout)
    try seconds("first-token-seconds", \.firstTokenTimeout)
    try seconds("between-tokens-seconds", \.betweenTokensTimeout)
    try seconds("attempt-seconds", \.attemptTimeout)
    if let count = try tree.int("maximum-attempts") {
      guard (1...100).contains(count) else {
        throw ConfigurationError("\(tree.path).maximum-attempts takes 1 to 100, not \(count)")
      }
      configuration.calls.maximumAttempts = count
    }
  }

  private func readProviders(into configuration: inout LLMConfiguration, environment: [String: String]) throws {
    for tree in try ConfigurationTree.list(tree(.llmProviders), "llm.providers") {
      try tree.allows("name", "dialect", "base-url", "api-key", "api-key-variable", "residency", "clearance")
      var key = try tree.text("api-key")
      if let variable = try tree.text("api-key-variable") {
        guard let value = environment[variable], !value.isEmpty else {
          throw ConfigurationError("\(tree.path): the environment variable \(variable) is not set")
        }
        key = value
      }
      let name = try tree.required("name")
      configuration.providers.removeAll { $0.name == name }
      configuration.providers.append(
        ProviderConfiguration(
          name: name,
          dialect: try tree.choice("dialect", as: ProviderConfiguration.Dialect.self) ?? .openAIChat,
          baseURL: try tree.required("base-url"), apiKey: key.map(Secret.init),
          residency: Set(try tree.texts("residency") ?? []),
          clearance: try tree.choice("clearance", as: DataClass.self) ?? .internal))
    }
  }

  private func readTargets(into configuration: inout LLMConfiguration) throws {
    for tree in try ConfigurationTree.list(tree(.llmTargets), "llm.targets") {
      try tree.allows(
        "name", "provider", "model", "context-tokens", "maximum-output-tokens", "expected-milliseconds", "concurrency",
        "requests-per-minute", "tokens-per-minute", "queue", "family")
      var target = TargetConfiguration(
        name: try tree.text("name"), provider: try tree.required("provider"), model: try tree.required("model"),
        family: try tree.choice("family", as: ModelFamily.self))
      if let value = try tree.int("context-tokens") { target.contextTokens = value }
      if let value = try tree.int("maximum-output-tokens") { target.maximumOutputTokens = value }
      if let value = try tree.number("expected-milliseconds") { target.expectedMilliseconds = value }
      if let value = try tree.int("concurrency") { target.limits.concurrency = value }
      target.limits.requestsPerMinute = try tree.number("requests-per-minute")
      target.limits.tokensPerMinute = try tree.number("tokens-per-minute")
      if let value = try tree.int("queue") { target.limits.queue = value }
      configuration.targets.removeAll { $0.name == target.name }
      configuration.targets.append(target)
    }
  }

  private func readBudgets(into configuration: inout LLMConfiguration) throws {
    for tree in try ConfigurationTree.list(tree(.llmBudgets), "llm.budgets") {
      try tree.allows("scope", "subject", "window", "limit", "currency", "warn-at")
      let amount = try tree.text("limit") ?? tree.number("limit").map { "\($0)" } ?? ""
      guard let limit = Money(amount: amount, currency: try tree.text("currency") ?? "USD") else {
        throw ConfigurationError("\(tree.path): limit takes an amount such as \"25.00\", not \"\(amount)\"")
      }
      configuration.budgets.append(
        BudgetConfiguration(
          scope: try tree.choice("scope", as: BudgetConfiguration.Scope.self) ?? .all,
          subject: try tree.text("subject"),
          window: try tree.choice("window", as: BudgetConfiguration.Window.self) ?? .day, limit: limit,
          warnAt: try tree.number("warn-at") ?? 0.8))
    }
  }
}
