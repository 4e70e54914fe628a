internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP
internal import HeadraceTelemetry
internal import Synchronization

/// One request on its way through attempts, repeats and fallbacks, until an answer or a failure that stands.
struct CallRun {
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
  mutating func finish(usage: some UsageSink) async throws -> ChatResponse {
    do {
      let response = try await tryAll(usage: usage)
      client.failedAttempts.withLock { $0.forget(fingerprint) }
      return response
    } catch {
      if attempts > 0 { client.failedAttempts.withLock { $0.note(priorAttempts + attempts, of: fingerprint) } }
      throw error
    }
  }

  private mutating func tryAll(usage: some UsageSink) async throws -> ChatResponse {
    client.retries.withLock { $0.requested() }
    var order = plan.targets
    var refusals: [String] = []
    var last: LLMError?
    while let target = order.first {
      try Task.checkCancellation()
      do {
        return try await attempt(target, usage: usage)
      } catch var error as LLMError {
        error.provider = error.provider ?? target.provider.name
        error.model = error.model ?? target.configuration.model
        error.attempts = attempts
        last = error
        refusals.append("\(target.name): \(error.code.word)")
        guard let next = try await next(after: error, target, &order, &refusals) else {
          if refusals.count > 1 { error.detail += " (tried: \(refusals.joined(separator: ", ")))" }
          throw standing(error, target)
        }
        order = next
      }
    }
    throw last ?? LLMError(.noTarget, "no target is left", attempts: attempts)
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

  /// The targets to go on with, in order, after the wait that the failure asks for; `nil`: the failure stands.
  private func next(
    after error: LLMError, _ target: Target, _ order: inout [Target], _ refusals: inout [String]
  ) async throws -> [Target]? {
    let others = plan.route.fallsBack ? Array(order.dropFirst()) : []
    switch error.failureClass {
    case .content, .bug: return nil
    case .quota, .configuration:
      // Waiting mends neither: only somebody else can help. A budget is asked again for each of them.
      return others.isEmpty ? nil : others
    case .throttled, .transient: break
    }
    if error.code == .stopping { return nil }
    // Refusals that cost the provider nothing are no attempts and no repeats.
    let wasSent = error.code != .noPermit && error.code != .circuitOpen
    if wasSent {
      guard attempts < policy.maximumAttempts else { return nil }
      guard client.retries.withLock({ $0.withdraw() }) else { return nil }
    }
    // The failed one goes to the end: with others it is tried again after them, alone it is tried again after a wait.
    if !others.isEmpty { return wasSent ? others + [target] : others }
    guard wasSent || error.code == .circuitOpen else { return nil }
    // Where the other side named a time it is that time; the limiter lets the waiting ones go one after the other. A
    // circuit that this failure opened has a time of its own.
    let wait =
      error.retryAfter ?? (target.isBroken ? target.rest : policy.backoff.delay(afterAttempt: max(1, attempts)))
    guard ContinuousClock.now.advanced(by: wait) < deadline else { return nil }
    try await client.waits.sleep(for: wait)
    return [target]
  }

  /// One attempt at one target, and the repair of its answer.
  private mutating func attempt(_ target: Target, usage: some UsageSink) async throws -> ChatResponse {
    guard target.enterBreaker() else {
      throw LLMError(
        .circuitOpen, "the circuit is open after failures", retryAfter: target.breakerRetryAfter)
    }
    let outputTokens = client.outputTokens(request, target)
    let inputTokens = TokenEstimate.tokens(in: request, messages)
    let permit: TargetPermit
    do {
      permit = try await target.limiter.acquire(
        tokens: inputTokens + outputTokens, priority: request.priority, deadline: deadline)
    } catch {
      target.left()
      throw error
    }
    let bound = target.bound(inputTokens: inputTokens, outputTokens: outputTokens)
    let reservation: BudgetLedger.Reservation
    do {
      reservation = try await reserve(bound)
    } catch {
      permit.giveBack()
      target.left()
      throw error
    }
    attempts += 1
    if hasSaidText {
      try? await listener?.onRestart?()
      hasSaidText = false
    }
    let exchange = ChatExchange(
      client: client, target: target, request: request, messages: messages, outputTokens: outputTokens,
      inputEstimate: inputTokens, deadline: deadline)
    let outcome = try await Tracer.shared.withSpan(
      "chat \(target.configuration.model)", kind: .client,
      attributes: CallSpan.request(request, target, outputTokens, recordsContent: client.configuration.recordsContent)
    ) { span in
      let outcome = await exchange.perform { text in
        hasSaidText = true
        try await listener?.onText(text)
      }
      CallSpan.answered(&span, outcome, recordsContent: client.configuration.recordsContent)
      return outcome
    }
    return try await settle(outcome, target, permit, reservation, usage: usage)
  }

  /// Takes the most that the attempt can cost out of every budget it falls under.
  private func reserve(_ bound: Money) async throws -> BudgetLedger.Reservation {
    var pause = Duration.milliseconds(20)
    while true {
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
        try await client.waits.sleep(for: pause)
        pause = min(pause * 2, .seconds(1))
      }
    }
  }

  private mutating func settle(
    _ outcome: ChatExchange.Outcome, _ target: Target, _ permit: TargetPermit, _ reservation: BudgetLedger.Reservation,
    usage: some UsageSink
  ) async throws -> ChatResponse {
    let tokens = outcome.tokens
    let cost = target.price?.cost(of: tokens)
    client.ledger.withLock { $0.settle(reservation, cost: cost) }
    permit.settle(tokens: tokens.input + tokens.output)
    total = total + tokens.usage(cost: cost)

    var failure = outcome.failure
    var response: ChatResponse?
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
    await client.record(event(outcome, target, tokens, cost, failure), usage)
    if let response { return response }
    guard let error = failure as? LLMError else { throw failure ?? CancellationError() }
    guard error.code == .invalidAnswer, !hasRepaired, attempts < policy.maximumAttempts else { throw error }
    // One more turn, to the same model, that says what is wrong.
    hasRepaired = true
    if !outcome.answer.text.isEmpty { messages.append(.assistant(outcome.answer.text)) }
    var wish = "Answer again."
    if case .json = request.format { wish = "Answer again with the corrected JSON object and nothing else." }
    messages.append(.user("That answer is not valid: \(error.detail). \(wish)"))
    return try await attempt(target, usage: usage)
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
