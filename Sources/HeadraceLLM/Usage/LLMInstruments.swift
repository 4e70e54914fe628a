internal import HeadraceCore
internal import HeadraceTelemetry

/// Metrics of model calls, by OpenTelemetry's GenAI names where they have one.
struct LLMInstruments: Sendable {
  private let metrics: MetricsRegistry

  init(_ metrics: MetricsRegistry) { self.metrics = metrics }

  func called(_ event: CallUsageEvent) {
    let labels = ["gen_ai_provider_name": event.provider, "gen_ai_request_model": event.model]
    var outcome = labels
    outcome["outcome"] = event.outcome.rawValue
    if let error = event.errorClass { outcome["error_type"] = error.rawValue }
    metrics.counter("headrace_llm_calls_total", help: "Model calls by outcome", labels: outcome).increment()
    guard event.outcome == .paid else { return }
    metrics.histogram(
      "gen_ai_client_operation_duration_seconds", help: "Duration of model calls", labels: labels
    ).observe(Double(event.milliseconds) / 1_000)
    if let first = event.firstTokenMilliseconds {
      metrics.histogram(
        "gen_ai_client_time_to_first_token_seconds", help: "Until the first token of an answer", labels: labels
      ).observe(Double(first) / 1_000)
    }
    tokens(event.inputTokens, "input", labels)
    tokens(event.outputTokens, "output", labels)
    if let cost = event.cost, cost.nanos > 0 {
      var labels = labels
      labels["currency"] = cost.currency
      metrics.counter("headrace_llm_cost_nanos_total", help: "Cost in billionths of the currency", labels: labels)
        .increment(by: Int(cost.nanos))
    }
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

  private func tokens(_ count: Int, _ type: String, _ labels: [String: String]) {
    guard count > 0 else { return }
    var labels = labels
    labels["gen_ai_token_type"] = type
    metrics.counter("gen_ai_client_token_usage_total", help: "Tokens of model calls", labels: labels)
      .increment(by: count)
  }
}
