internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

extension LLMClient {
  func run(
    _ request: ChatRequest, journal: some CallJournal, usage: some UsageSink, onText: AnswerListener?
  ) async throws -> ChatResponse {
    try request.validate()
    let fingerprint = request.fingerprint
    if journal is NoJournal {
      return try await answer(request, fingerprint, usage: usage, onText: onText).response
    }
    return try await run(request, fingerprint, journal: journal, usage: usage, onText: onText)
  }

  private func run(
    _ request: ChatRequest, _ fingerprint: CallFingerprint, journal: some CallJournal, usage: some UsageSink,
    onText: AnswerListener?
  ) async throws -> ChatResponse {
    // What was made here needs no reading back.
    let made = Made()
    let (result, isFromJournal) = try await journal.result(for: fingerprint) {
      let (response, known) = try await self.answer(request, fingerprint, usage: usage, onText: onText)
      made.response.withLock { $0 = response }
      return try known ?? Self.result(of: response)
    }
    if !isFromJournal, let response = made.response.withLock({ $0 }) { return response }
    var response = try Self.response(of: result, fingerprint)
    if isFromJournal {
      response.isFromJournal = true
      await record(saved(request, fingerprint, response), usage)
      try await onText?.onText(response.text)
    }
    return response
  }

  private final class Made: Sendable {
    let response = Mutex<ChatResponse?>(nil)
  }

  /// Cache, then attempts until one succeeds; with the answer what journal and cache keep of it, when that is at hand.
  private func answer(
    _ request: ChatRequest, _ fingerprint: CallFingerprint, usage: some UsageSink, onText: AnswerListener?
  ) async throws -> (response: ChatResponse, kept: CallResult?) {
    let isCacheable = request.isCacheable && configuration.cacheBytes > 0
    if isCacheable, let (response, known) = cached(request, fingerprint) {
      await record(saved(request, fingerprint, response), usage)
      try await onText?.onText(response.text)
      return (response, known)
    }
    let response = try await begin(request, fingerprint, onText).finish(usage: usage)
    guard isCacheable, response.finishReason != .partial else { return (response, nil) }
    let result = try Self.result(of: response)
    cache.withLock { $0.insert(result, tenant: request.tenant, fingerprint: fingerprint) }
    return (response, result)
  }

  private func cached(_ request: ChatRequest, _ fingerprint: CallFingerprint) -> (ChatResponse, CallResult)? {
    guard let known = cache.withLock({ $0.result(tenant: request.tenant, fingerprint: fingerprint) }),
      let response = try? JSONDecoder().decode(ChatResponse.self, from: known.response)
    else { return nil }
    return (response, known)
  }

  private func begin(
    _ request: ChatRequest, _ fingerprint: CallFingerprint, _ listener: AnswerListener?
  ) throws -> CallRun {
    let plan = try plan(request)
    shadow(plan, request)
    return CallRun(client: self, request: request, fingerprint: fingerprint, plan: plan, listener: listener)
  }

  private static func response(of result: CallResult, _ fingerprint: CallFingerprint) throws -> ChatResponse {
    guard let response = try? JSONDecoder().decode(ChatResponse.self, from: result.response) else {
      throw LLMError(.journalCorrupt, "the recorded answer of \(fingerprint) cannot be read")
    }
    return response
  }

  private static func result(of response: ChatResponse) throws -> CallResult {
    CallResult(
      response: try JSONEncoder().encode(response), usage: response.usage, provider: response.provider,
      model: response.model, milliseconds: response.milliseconds, attempts: response.attempts)
  }

  /// Hands an event to the bill. What is paid is paid: when the bill cannot be written after three tries, the result is
  /// kept all the same (losing it would mean paying twice) and the loss is counted and said aloud.
  func record(_ event: CallUsageEvent, _ usage: some UsageSink) async {
    instruments.called(event)
    for attempt in 1...3 {
      do {
        // Whoever is cancelled here has paid: the event is written all the same. A sink that has it at once costs no hop.
        return try await Task.immediate { try await usage.record(event) }.value
      } catch {
        if attempt == 3 {
          instruments.lostUsageEvent()
          logger.critical(
            "a usage event could not be recorded: \(error)", ["fingerprint": "\(event.fingerprint)"])
          return
        }
        try? await Task.sleep(for: .milliseconds(200 * attempt))
      }
    }
  }

  private func saved(
    _ request: ChatRequest, _ fingerprint: CallFingerprint, _ response: ChatResponse
  ) -> CallUsageEvent {
    CallUsageEvent(
      fingerprint: fingerprint, attempt: 0, outcome: .saved, route: response.route, provider: response.provider,
      model: response.model, tenant: request.tenant, processor: request.processor ?? "", source: request.source,
      usage: CallUsage(), priceTable: response.priceTable, milliseconds: 0)
  }
}
