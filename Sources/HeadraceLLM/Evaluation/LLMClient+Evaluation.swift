internal import HeadraceCore

extension LLMClient {
  /// Compares two policies over tasks of the past or labelled ones, on this client's targets, prices and measurements.
  /// Calls nobody.
  ///
  /// - Parameters:
  ///   - a: the policy in force, by custom.
  ///   - b: the one that is considered.
  ///   - tasks: what they decide on; see ``RoutedTask``.
  public func evaluate(_ a: RoutingPolicy, against b: RoutingPolicy, over tasks: [RoutedTask]) -> PolicyComparison {
    var sides = [EvaluatedSide(a), EvaluatedSide(b)]
    var moves: [MoveKey: (count: Int, example: String?)] = [:]
    var labelled = 0
    var right = 0
    let candidates = routingCandidates()
    let routers = [a, b].map {
      Router(
        policy: $0, classifier: router.classifier, priceTableVersion: configuration.prices.version, budgetsApply: false)
    }
    for task in tasks {
      var request = ChatRequest(messages: [.user(task.prompt ?? "")])
      request.maximumOutputTokens = max(1, task.outputTokens)
      if task.needsJSON { request.format = .json(name: "any", schema: ["type": "object"]) }
      let (found, _, _) = router.classify(request)
      if let label = task.taskClass, task.prompt != nil {
        labelled += 1
        if label == found { right += 1 }
      }
      request.taskClass = task.taskClass ?? found
      var chosen: [String?] = []
      for index in 0..<2 {
        let (explanation, order) = routers[index].plan(
          Router.Input(
            request: request, route: RouteConfiguration(name: "evaluation"), inputTokens: task.inputTokens,
            targets: candidates))
        sides[index].add(explanation, order.first.map { candidates[$0] }, task)
        chosen.append(order.isEmpty ? nil : explanation.target)
      }
      if chosen[0] != chosen[1] {
        let key = MoveKey(taskClass: request.taskClass ?? found, from: chosen[0] ?? "-", to: chosen[1] ?? "-")
        moves[key, default: (0, task.prompt.map { String($0.prefix(80)) })].count += 1
      }
    }
    let changed = moves.values.reduce(0) { $0 + $1.count }
    return PolicyComparison(
      tasks: tasks.count, a: sides[0].result(tasks.count), b: sides[1].result(tasks.count),
      changed: tasks.isEmpty ? 0 : Double(changed) / Double(tasks.count),
      moves: moves.map { key, value in
        PolicyComparison.Move(
          class: key.taskClass, from: key.from, to: key.to, tasks: value.count, example: value.example)
      }.sorted { ($1.tasks, $0.from, $0.to) < ($0.tasks, $1.from, $1.to) },
      classifierAccuracy: labelled == 0 ? nil : Double(right) / Double(labelled),
      priceTable: configuration.prices.version)
  }

  private func routingCandidates() -> [Router.Candidate] {
    configuration.targets.compactMap { targetsByName[$0.name] }.map {
      Router.Candidate(
        configuration: $0.configuration, provider: $0.provider, price: $0.price, isLocal: $0.isLocal,
        statistics: $0.statistics)
    }
  }
}

private struct MoveKey: Hashable {
  var taskClass: TaskClass
  var from: String
  var to: String
}

private struct EvaluatedSide {
  let policy: RoutingPolicy
  var nanos: Int64 = 0
  var currency = "USD"
  var milliseconds = 0.0
  var quality = 0.0
  var targets: [String: Int] = [:]
  var unserved = 0

  init(_ policy: RoutingPolicy) { self.policy = policy }

  mutating func add(_ explanation: RouteExplanation, _ chosen: Router.Candidate?, _ task: RoutedTask) {
    guard let chosen, let line = explanation.candidates.first else {
      unserved += 1
      return
    }
    targets[explanation.target, default: 0] += 1
    milliseconds += line.expectedMilliseconds ?? 0
    quality += line.quality ?? 0
    if let cost = chosen.price?.cost(of: TokenCount(input: task.inputTokens, output: task.outputTokens)) {
      nanos += cost.nanos
      currency = cost.currency
    }
  }

  func result(_ tasks: Int) -> PolicyComparison.Side {
    let served = max(1, tasks - unserved)
    return PolicyComparison.Side(
      policy: policy.name, cost: Money(nanos: nanos, currency: currency),
      meanMilliseconds: (milliseconds / Double(served)).rounded(),
      meanQuality: (quality / Double(served) * 1_000).rounded() / 1_000, targets: targets, unserved: unserved)
  }
}
