internal import HeadraceCore
internal import HeadraceTelemetry
internal import Synchronization

/// Metrics of model calls, by OpenTelemetry's GenAI names where they have one.
final class LLMInstruments: Sendable {
  /// Whose instruments, and of what.
  private struct Key: Hashable {
    var provider: String
    var model: String
    var outcome: CallUsageEvent.Outcome
    var error: FailureClass?
    var currency: String?
  }

  /// What one kind of call counts.
  private struct Instruments: Sendable {
    var calls: Counter
    var duration: Histogram?
    var firstToken: Histogram?
    var inputTokens: Counter?
    var outputTokens: Counter?
    var cost: Counter?
  }

  private let metrics: MetricsRegistry
  /// Those asked for before: few, since providers and models are configured and the rest are cases.
  private let known = Mutex<[Key: Instruments]>([:])

  init(_ metrics: MetricsRegistry) { self.metrics = metrics }

  func called(_ event: CallUsageEvent) {
    let cost = event.outcome == .paid ? event.cost.flatMap { $0.nanos > 0 ? $0 : nil } : nil
    let key = Key(
      provider: event.provider, model: event.model, outcome: event.outcome, error: event.errorClass,
      currency: cost?.currency)
    let found = known.withLock { known in
      if let found = known[key] { return found }
      let made = make(key)
      // A provider names the model that answered: what it makes up must not fill the memory.
      if known.count < 1_000 { known[key] = made }
      return made
    }
    found.calls.increment()
    guard event.outcome == .paid else { return }
    found.duration?.observe(Double(event.milliseconds) / 1_000)
    if let first = event.firstTokenMilliseconds { found.firstToken?.observe(Double(first) / 1_000) }
    found.inputTokens?.increment(by: event.inputTokens)
    found.outputTokens?.increment(by: event.outputTokens)
    if let cost { found.cost?.increment(by: Int(cost.nanos)) }
  }

  private func make(_ key: Key) -> Instruments {
    let labels = ["gen_ai_provider_name": key.provider, "gen_ai_request_model": key.model]
    var outcome = labels
    outcome["outcome"] = key.outcome.rawValue
    if let error = key.error { outcome["error_type"] = error.rawValue }
    var made = Instruments(
      calls: metrics.counter("headrace_llm_calls_total", help: "Model calls by outcome", labels: outcome))
    guard key.outcome == .paid else { return made }
    made.duration = metrics.histogram(
      "gen_ai_client_operation_duration_seconds", help: "Duration of model calls", labels: labels)
    made.firstToken = metrics.histogram(
      "gen_ai_client_time_to_first_token_seconds", help: "Until the first token of an answer", labels: labels)
    made.inputTokens = tokens("input", labels)
    made.outputTokens = tokens("output", labels)
    if let currency = key.currency {
      var labels = labels
      labels["currency"] = currency
      made.cost = metrics.counter(
        "headrace_llm_cost_nanos_total", help: "Cost in billionths of the currency", labels: labels)
    }
    return made
  }

  private func tokens(_ type: String, _ labels: [String: String]) -> Counter {
    var labels = labels
    labels["gen_ai_token_type"] = type
    return metrics.counter("gen_ai_client_token_usage_total", help: "Tokens of model calls", labels: labels)
  }

  func shadowed(_ taskClass: TaskClass, chosen: String, shadow: String) {
    metrics.counter(
      "headrace_llm_shadow_decisions_total", help: "What the shadow policy would have chosen",
      labels: ["class": taskClass.rawValue, "chosen": chosen, "shadow": shadow]
    ).increment()
  }

  func lostUsageEvent() {
    metrics.counter(
      "headrace_llm_usage_events_lost_total", help: "Usage events that could not be recorded"
    ).increment()
  }
}
