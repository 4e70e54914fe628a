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
    let (result, isFromJournal) = try await journal.result(for: fingerprint) {
      try await self.perform(request, fingerprint, usage: usage, onText: onText)
    }
    guard var response = try? JSONDecoder().decode(ChatResponse.self, from: result.response) else {
      throw LLMError(.journalCorrupt, "the recorded answer of \(fingerprint) cannot be read")
    }
    if isFromJournal {
      response.isFromJournal = true
      await record(saved(request, fingerprint, response), usage)
      try await onText?.onText(response.text)
    }
    return response
  }

  /// Cache, then attempts until one succeeds.
  private func perform(
    _ request: ChatRequest, _ fingerprint: CallFingerprint, usage: some UsageSink, onText: AnswerListener?
  ) async throws -> CallResult {
    let isCacheable = request.isCacheable
    if isCacheable,
      let known = cache.withLock({ $0.result(tenant: request.tenant, fingerprint: fingerprint) }),
      let response = try? JSONDecoder().decode(ChatResponse.self, from: known.response)
    {
      await record(saved(request, fingerprint, response), usage)
      try await onText?.onText(response.text)
      return known
    }
    let plan = try plan(request)
    shadow(plan, request)
    var run = CallRun(client: self, request: request, fingerprint: fingerprint, plan: plan, listener: onText)
    let response = try await run.finish(usage: usage)
    let result = CallResult(
      response: try JSONEncoder().encode(response), usage: response.usage, provider: response.provider,
      model: response.model, milliseconds: response.milliseconds, attempts: response.attempts)
    if isCacheable, response.finishReason != .partial {
      cache.withLock { $0.insert(result, tenant: request.tenant, fingerprint: fingerprint) }
    }
    return result
  }

  /// Hands an event to the bill. What is paid is paid: when the bill cannot be written after three tries, the result is
  /// kept all the same (losing it would mean paying twice) and the loss is counted and said aloud.
  func record(_ event: CallUsageEvent, _ usage: some UsageSink) async {
    instruments.called(event)
    for attempt in 1...3 {
      do {
        // Whoever is cancelled here has paid: the event is written all the same.
        return try await Task { try await usage.record(event) }.value
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
