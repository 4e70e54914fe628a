internal import HeadraceTelemetry

/// What extraction counts, for whoever scrapes the process.
///
/// `headrace_extraction_documents_total{type,outcome}`: documents by type (`unknown` where it could not be told) and outcome
/// (`text`, or a failure's reason). `headrace_extraction_seconds{type}`: how long they took. `headrace_extraction_children`:
/// child processes that run now.
struct ExtractionMeters: Sendable {
  private let registry = MetricsRegistry.shared

  /// Child processes that run now.
  let children = MetricsRegistry.shared.gauge(
    "headrace_extraction_children", help: "Child processes that read documents now.")

  /// Counts a document.
  func count(_ type: DocumentType?, outcome: String, milliseconds: Double) {
    let type = type?.rawValue ?? "unknown"
    registry.counter(
      "headrace_extraction_documents_total", help: "Documents by type and outcome.",
      labels: ["type": type, "outcome": outcome]
    ).increment()
    registry.histogram(
      "headrace_extraction_seconds", help: "How long documents took from bytes to text.", labels: ["type": type]
    ).observe(milliseconds / 1000)
  }
}
