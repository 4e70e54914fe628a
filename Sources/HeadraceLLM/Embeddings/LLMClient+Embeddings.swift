internal import FoundationEssentials
public import HeadraceCore
internal import HeadraceHTTP
internal import Synchronization

extension LLMClient {
  /// Turns texts into vectors, at OpenAI, a compatible server, or Gemini. Journal, permits, budgets, repeats and the bill are as
  /// for ``complete(_:journal:usage:)``; there is one target and no fallback, since vectors of two models don't compare.
  ///
  /// - Throws: ``LLMError``, `CancellationError`, or what the journal throws.
  public func embed(
    _ request: EmbeddingRequest, journal: some CallJournal = NoJournal(), usage: some UsageSink = NoUsageSink()
  ) async throws -> EmbeddingResponse {
    guard !request.texts.isEmpty, !request.texts.contains("") else {
      throw LLMError(.invalidRequest, "there is no text, or an empty one")
    }
    guard
      let target = targetsByName[request.model]
        ?? targetsByName.values.first(where: { $0.configuration.model == request.model })
    else { throw LLMError(.unknownModel, "no target is called \(request.model)") }
    guard let dialect = Dialects.embeddings(target.provider.dialect) else {
      throw LLMError(.noTarget, "\(target.name): the protocol \(target.provider.dialect.rawValue) has no embeddings")
    }
    let fingerprint = request.fingerprint
    let (result, isFromJournal) = try await journal.result(for: fingerprint) {
      try await self.performEmbedding(request, fingerprint, target, dialect, usage)
    }
    guard var response = try? JSONDecoder().decode(EmbeddingResponse.self, from: result.response) else {
      throw LLMError(.journalCorrupt, "the recorded vectors of \(fingerprint) cannot be read")
    }
    if isFromJournal {
      response.isFromJournal = true
      await record(
        event(request, fingerprint, target, attempt: 0, .saved, TokenCount(), nil, nil, milliseconds: 0), usage)
    }
    return response
  }

  private func performEmbedding(
    _ request: EmbeddingRequest, _ fingerprint: CallFingerprint, _ target: Target,
    _ dialect: any EmbeddingDialect, _ usage: some UsageSink
  ) async throws -> CallResult {
    let deadline = ContinuousClock.now.advanced(by: request.timeout)
    let estimate = request.texts.reduce(0) { $0 + TokenEstimate.tokens(in: $1) }
    let subject = BudgetLedger.Subject(
      tenant: request.tenant, processor: request.processor, keyID: nil, runID: nil, route: "embeddings")
    retries.withLock { $0.requested() }
    var total = CallUsage()
    var attempts = 0
    while true {
      guard target.enterBreaker() else {
        throw LLMError(
          .circuitOpen, "the circuit of \(target.name) is open after failures", retryAfter: target.rest,
          attempts: attempts)
      }
      let permit: TargetPermit
      do {
        permit = try await target.limiter.acquire(tokens: estimate, priority: request.priority, deadline: deadline)
      } catch {
        target.left()
        throw error
      }
      let bound = target.bound(inputTokens: estimate, outputTokens: 0)
      guard
        case .reserved(let reservation, _) = ledger.withLock({
          $0.reserve(bound, for: subject, day: Self.today())
        })
      else {
        permit.giveBack()
        target.left()
        throw LLMError(.budget, "a budget is spent", provider: target.provider.name, model: request.model)
      }
      attempts += 1
      let start = ContinuousClock.now
      var failure: (any Error)?
      var answer: (vectors: [[Float]], tokens: TokenCount, model: String)?
      do {
        answer = try await post(request, target, dialect, remaining: deadline - start, estimate: estimate)
      } catch {
        failure = ChatExchange.failure(error, hasText: false, at: target.provider.address)
      }
      let milliseconds = Int((ContinuousClock.now - start).milliseconds)
      let mayBePaid = (failure as? LLMError)?.mayHaveBeenPaid ?? (failure != nil)
      let tokens = answer?.tokens ?? TokenCount(input: mayBePaid ? estimate : 0)
      let cost = target.price?.cost(of: tokens)
      ledger.withLock { $0.settle(reservation, cost: cost) }
      permit.settle(tokens: tokens.input)
      total = total + tokens.usage(cost: cost)
      if failure == nil {
        target.succeeded(milliseconds: milliseconds, outputTokens: 0)
      } else if let error = failure as? LLMError {
        target.failed(error, policy: configuration.calls)
      } else {
        target.left()
      }
      await record(
        event(
          request, fingerprint, target, attempt: request.priorAttempts + attempts, failure == nil ? .paid : .failed,
          tokens, cost, failure as? LLMError, milliseconds: milliseconds), usage)
      if let answer {
        let response = EmbeddingResponse(
          vectors: answer.vectors, usage: total, provider: target.provider.name, model: answer.model,
          milliseconds: milliseconds, attempts: attempts, priceTable: configuration.prices.version)
        return CallResult(
          response: try JSONEncoder().encode(response), usage: total, provider: response.provider,
          model: response.model, milliseconds: milliseconds, attempts: attempts)
      }
      guard var error = failure as? LLMError else { throw failure ?? CancellationError() }
      error.provider = target.provider.name
      error.model = request.model
      error.attempts = attempts
      guard error.failureClass == .transient || error.failureClass == .throttled,
        attempts < configuration.calls.maximumAttempts, retries.withLock({ $0.withdraw() })
      else { throw error }
      let wait = error.retryAfter ?? configuration.calls.backoff.delay(afterAttempt: attempts)
      guard ContinuousClock.now.advanced(by: wait) < deadline else { throw error }
      try await waits.sleep(for: wait)
    }
  }

  private func post(
    _ request: EmbeddingRequest, _ target: Target, _ dialect: any EmbeddingDialect, remaining: Duration, estimate: Int
  ) async throws -> (vectors: [[Float]], tokens: TokenCount, model: String) {
    let wire = dialect.exchange(request, target.configuration, target.provider)
    var headers = wire.headers
    for (name, value) in target.provider.headers { headers[name] = value.value }
    let policy = configuration.calls
    let response = try await http.execute(
      .init(
        method: "POST", url: wire.url, headers: headers, body: .bytes(wire.body.bytes),
        deadlines: .init(
          connect: policy.connectTimeout, firstByte: policy.firstTokenTimeout,
          betweenBytes: policy.betweenTokensTimeout, total: min(policy.attemptTimeout, remaining))), upTo: 256 << 20)
    guard (200..<300).contains(response.status) else {
      var failure = dialect.failure(status: response.status, body: response.body)
      failure.retryAfter =
        RetryAdvice.wait(response.headers, status: response.status, now: Date()) ?? failure.retryAfter
      throw failure
    }
    guard let value = try? JSONValue(parsing: response.body) else {
      throw LLMError(.protocolViolation, "the answer is not JSON", mayHaveBeenPaid: true)
    }
    let answer = try dialect.answer(value, texts: request.texts.count)
    guard answer.vectors.allSatisfy({ $0.count == answer.vectors[0].count }) else {
      throw LLMError(.protocolViolation, "the vectors are of different lengths", mayHaveBeenPaid: true)
    }
    return (
      answer.vectors, TokenCount(input: answer.inputTokens ?? estimate), answer.model ?? target.configuration.model
    )
  }

  private func event(
    _ request: EmbeddingRequest, _ fingerprint: CallFingerprint, _ target: Target, attempt: Int,
    _ outcome: CallUsageEvent.Outcome, _ tokens: TokenCount, _ cost: Money?, _ error: LLMError?, milliseconds: Int
  ) -> CallUsageEvent {
    CallUsageEvent(
      fingerprint: fingerprint, attempt: attempt, outcome: outcome, errorClass: error?.failureClass,
      route: "embeddings", provider: target.provider.name, model: target.configuration.model, tenant: request.tenant,
      processor: request.processor ?? "", source: request.source, usage: tokens.usage(cost: cost),
      priceTable: configuration.prices.version, milliseconds: milliseconds)
  }
}
