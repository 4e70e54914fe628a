internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP
internal import HeadraceTelemetry
internal import Synchronization

/// One request on its way through attempts, repeats and fallbacks, until an answer or a failure that stands.
///
/// A class, and what it computes in functions of their own: what is a local variable of an asynchronous function is kept,
/// with room for every temporary value, as long as the call waits for its model. A thousand calls wait at once.
final class CallRun {
  let client: LLMClient
  let request: ChatRequest
  let fingerprint: CallFingerprint
  let plan: LLMClient.Plan
  let listener: AnswerListener?

  private let deadline: ContinuousClock.Instant
  /// Attempts of the same request before this run.
  private let priorAttempts: Int
  private var attempts = 0
  private var total = CallUsage()
  private var messages: [ChatMessage]
  private var hasRepaired = false
  private var hasSaidText = false
  private var response: ChatResponse?
  /// The targets left to try, best first.
  private var order: [Target] = []
  private var refusals: [String] = []

  init(
    client: LLMClient, request: ChatRequest, fingerprint: CallFingerprint, plan: LLMClient.Plan,
    listener: AnswerListener?
  ) {
    self.client = client
    self.request = request
    self.fingerprint = fingerprint
    self.plan = plan
    self.listener = listener
    deadline = ContinuousClock.now.advanced(by: request.timeout)
    messages = request.messages
    priorAttempts = client.failedAttempts.withLock { $0.attempts(of: fingerprint, atLeast: request.priorAttempts) }
  }

  private var policy: CallPolicy { client.configuration.calls }

  /// - Throws: ``LLMError`` with the number of attempts, `CancellationError`.
  func finish(usage: some UsageSink) async throws -> ChatResponse {
    do {
      try await tryAll(usage: usage)
    } catch {
      if attempts > 0 { client.failedAttempts.withLock { $0.note(priorAttempts + attempts, of: fingerprint) } }
      throw error
    }
    client.failedAttempts.withLock { $0.forget(fingerprint) }
    guard let response else { throw LLMError(.noTarget, "no target is left", attempts: attempts) }
    return response
  }

  /// Until there is a response.
  private func tryAll(usage: some UsageSink) async throws {
    client.retries.withLock { $0.requested() }
    order = plan.targets
    while let target = order.first {
      try Task.checkCancellation()
      do {
        return try await attempt(target, usage: usage)
      } catch let error as LLMError {
        guard let wait = try next(after: error, target) else { continue }
        try await client.waits.sleep(for: wait)
      }
    }
  }

  /// The failure as it is told. When every target that could have answered rests, the caller hears of that and of when to
  /// come back: an outage says nothing of the request that met it.
  private func standing(_ error: LLMError, _ target: Target) -> LLMError {
    var error = error
    let asked = plan.route.fallsBack ? plan.targets : [target]
    switch error.failureClass {
    case .transient where asked.allSatisfy(\.isBroken):
      error.detail = "nothing but failures comes, the last: \(error.code.word): \(error.detail)"
      error.code = .circuitOpen
    case .quota where error.code == .budget: return error
    case .quota, .configuration, .throttled: break
    default: return error
    }
    error.retryAfter = error.retryAfter ?? asked.map(\.rest).min().flatMap { $0 > .zero ? $0 : nil }
    return error
  }

  /// Sets the targets to go on with, in order; returns the wait that the failure asks for before.
  ///
  /// - Throws: the failure, when it stands.
  private func next(after failure: LLMError, _ target: Target) throws(LLMError) -> Duration? {
    var error = failure
    error.provider = error.provider ?? target.provider.name
    error.model = error.model ?? target.configuration.model
    error.attempts = attempts
    refusals.append("\(target.name): \(error.code.word)")
    func standing() -> LLMError {
      if refusals.count > 1 { error.detail += " (tried: \(refusals.joined(separator: ", ")))" }
      return self.standing(error, target)
    }
    let others = plan.route.fallsBack ? Array(order.dropFirst()) : []
    switch error.failureClass {
    case .content, .bug: throw standing()
    case .quota, .configuration:
      // Waiting mends neither: only somebody else can help. A budget is asked again for each of them.
      if others.isEmpty { throw standing() }
      order = others
      return nil
    case .throttled, .transient: break
    }
    if error.code == .stopping { throw standing() }
    // Refusals that cost the provider nothing are no attempts and no repeats.
    let wasSent = error.code != .noPermit && error.code != .circuitOpen
    if wasSent {
      guard attempts < policy.maximumAttempts, client.retries.withLock({ $0.withdraw() }) else { throw standing() }
    }
    // The failed one goes to the end: with others it is tried again after them, alone it is tried again after a wait.
    if !others.isEmpty {
      order = wasSent ? others + [target] : others
      return nil
    }
    guard wasSent || error.code == .circuitOpen else { throw standing() }
    // Where the other side named a time it is that time; the limiter lets the waiting ones go one after the other. A
    // circuit that this failure opened has a time of its own.
    let wait =
      error.retryAfter ?? (target.isBroken ? target.rest : policy.backoff.delay(afterAttempt: max(1, attempts)))
    guard ContinuousClock.now.advanced(by: wait) < deadline else { throw standing() }
    order = [target]
    return wait
  }

  /// One attempt at one target, and the repair of its answer.
  private func attempt(_ target: Target, usage: some UsageSink) async throws {
    let exchange = try begin(target)
    do {
      exchange.permit = try await target.limiter.acquire(
        tokens: exchange.tokens, priority: request.priority, deadline: deadline)
      exchange.reservation = try await reserve(exchange.bound)
    } catch {
      exchange.permit?.giveBack()
      target.left()
      throw error
    }
    attempts += 1
    if hasSaidText {
      try? await listener?.onRestart?()
      hasSaidText = false
    }
    try await Tracer.shared.withSpan(
      "chat \(target.configuration.model)", kind: .client, attributes: exchange.spanAttributes
    ) { span in
      await exchange.perform { text in
        self.hasSaidText = true
        try await self.listener?.onText(text)
      }
      exchange.note(on: &span)
    }
    let (event, failure) = settle(exchange)
    await client.record(event, usage)
    guard let failure else { return }
    try prepareRepair(exchange, failure)
    return try await attempt(target, usage: usage)
  }

  private func begin(_ target: Target) throws -> ChatExchange {
    guard target.enterBreaker() else {
      throw LLMError(
        .circuitOpen, "the circuit is open after failures", retryAfter: target.breakerRetryAfter)
    }
    return ChatExchange(
      client: client, target: target, request: request, messages: messages,
      outputTokens: client.outputTokens(request, target), inputTokens: TokenEstimate.tokens(in: request, messages),
      deadline: deadline, isHeard: listener != nil)
  }

  /// Takes the most that the attempt can cost out of every budget it falls under.
  private func reserve(_ bound: Money) async throws -> BudgetLedger.Reservation {
    var pause = Duration.milliseconds(20)
    while true {
      if let reservation = try tryReserve(bound, pause) { return reservation }
      try await client.waits.sleep(for: pause)
      pause = min(pause * 2, .seconds(1))
    }
  }

  /// `nil`: after `pause` it is worth another try.
  ///
  /// - Throws: `budget` when there is none for it.
  private func tryReserve(_ bound: Money, _ pause: Duration) throws(LLMError) -> BudgetLedger.Reservation? {
    switch client.ledger.withLock({ $0.reserve(bound, for: client.subject(request), day: LLMClient.today()) }) {
    case .reserved(let made, let warnings):
      for account in warnings {
        let budget = client.configuration.budgets[account.budget]
        client.logger.warning(
          "a budget is nearly spent",
          ["scope": budget.scope.rawValue, "subject": account.subject, "limit": "\(budget.limit)"])
      }
      return made
    case .refused(let account, let held, let limit, let mayPass):
      guard mayPass, ContinuousClock.now.advanced(by: pause) < deadline else {
        throw LLMError(.budget, LLMClient.spent(account, held, limit, bound, client.configuration))
      }
      return nil
    }
  }

  /// What the attempt was worth: to the budget, the limits, the circuit and the bill.
  private func settle(_ exchange: ChatExchange) -> (event: CallUsageEvent, failure: (any Error)?) {
    let outcome = exchange.outcome
    let target = exchange.target
    let tokens = outcome.tokens
    let cost = target.price?.cost(of: tokens)
    if let reservation = exchange.reservation { client.ledger.withLock { $0.settle(reservation, cost: cost) } }
    exchange.permit?.settle(tokens: tokens.input + tokens.output)
    total = total + tokens.usage(cost: cost)

    var failure = outcome.failure
    if failure == nil {
      target.succeeded(milliseconds: outcome.milliseconds, outputTokens: tokens.output)
      do throws(LLMError) {
        response = try assemble(outcome, target)
      } catch {
        failure = error
      }
    } else if let error = failure as? LLMError {
      target.failed(error, policy: policy)
    } else {
      target.left()
    }
    return (event(outcome, target, tokens, cost, failure), failure)
  }

  /// Gets ready for one more turn, to the same model, that says what is wrong.
  ///
  /// - Throws: the failure, when another turn does not mend it.
  private func prepareRepair(_ exchange: ChatExchange, _ failure: any Error) throws {
    guard let error = failure as? LLMError, error.code == .invalidAnswer, !hasRepaired,
      attempts < policy.maximumAttempts
    else { throw failure }
    hasRepaired = true
    let text = exchange.outcome.answer.text
    if !text.isEmpty { messages.append(.assistant(text)) }
    var wish = "Answer again."
    if case .json = request.format { wish = "Answer again with the corrected JSON object and nothing else." }
    messages.append(.user("That answer is not valid: \(error.detail). \(wish)"))
  }

  private func assemble(_ outcome: ChatExchange.Outcome, _ target: Target) throws(LLMError) -> ChatResponse {
    let answer = outcome.answer
    if let refusal = answer.refusal, !refusal.isEmpty { throw LLMError(.refused, refusal, mayHaveBeenPaid: true) }
    var calls: [ToolCall] = []
    for (index, call) in answer.toolCalls.enumerated() where !call.name.isEmpty {
      guard request.tools.contains(where: { $0.name == call.name }) else {
        throw LLMError(.invalidAnswer, "it calls the tool \(call.name), which there is not", mayHaveBeenPaid: true)
      }
      guard let arguments = try? JSONValue(parsing: call.arguments.isEmpty ? "{}" : call.arguments) else {
        throw LLMError(.invalidAnswer, "the arguments of the call of \(call.name) are not JSON", mayHaveBeenPaid: true)
      }
      calls.append(ToolCall(id: call.id.isEmpty ? "call_\(index)" : call.id, name: call.name, arguments: arguments))
    }
    if answer.finish == .filtered, answer.text.isEmpty, calls.isEmpty {
      throw LLMError(.refused, "the provider's filter left nothing of the answer", mayHaveBeenPaid: true)
    }
    var structured: JSONValue?
    if case .json(_, let schema) = request.format, calls.isEmpty {
      structured = try StructuredAnswer.value(of: answer.text, schema: schema, finish: answer.finish)
    }
    return ChatResponse(
      text: answer.text, structured: structured, toolCalls: calls,
      finishReason: outcome.isPartial ? .partial : answer.finish ?? (calls.isEmpty ? .stop : .toolCalls), usage: total,
      route: plan.route.name, provider: target.provider.name, model: answer.model ?? target.configuration.model,
      milliseconds: outcome.milliseconds, firstTokenMilliseconds: outcome.firstTokenMilliseconds, attempts: attempts,
      priceTable: client.configuration.prices.version, decision: plan.decision)
  }

  private func event(
    _ outcome: ChatExchange.Outcome, _ target: Target, _ tokens: TokenCount, _ cost: Money?, _ failure: (any Error)?
  ) -> CallUsageEvent {
    // An answer that came and is not usable was paid like any other.
    let isPaid = failure == nil || outcome.failure == nil
    return CallUsageEvent(
      fingerprint: fingerprint, attempt: priorAttempts + attempts, outcome: isPaid ? .paid : .failed,
      errorClass: (failure as? LLMError)?.failureClass ?? (failure == nil ? nil : .transient), route: plan.route.name,
      provider: target.provider.name, model: outcome.answer.model ?? target.configuration.model,
      tenant: request.tenant, processor: request.processor ?? "", source: request.source,
      usage: tokens.usage(cost: cost), priceTable: client.configuration.prices.version,
      milliseconds: outcome.milliseconds, firstTokenMilliseconds: outcome.firstTokenMilliseconds,
      router: .init(
        class: plan.explanation.class.rawValue, margin: plan.explanation.margin, reason: plan.explanation.reason))
  }
}

extension CallUsage {
  static func + (left: CallUsage, right: CallUsage) -> CallUsage {
    let cost: Money? =
      switch (left.cost, right.cost) {
      case (let left?, let right?): Money(nanos: left.nanos + right.nanos, currency: right.currency)
      case (let one, nil), (nil, let one): one
      }
    return CallUsage(
      inputTokens: left.inputTokens + right.inputTokens, cachedTokens: left.cachedTokens + right.cachedTokens,
      outputTokens: left.outputTokens + right.outputTokens,
      reasoningTokens: left.reasoningTokens + right.reasoningTokens, cost: cost)
  }
}
