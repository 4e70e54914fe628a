/// Takes finished spans, e.g. to send them by OTLP. Called on the task that ended the span: keep them, send elsewhere.
public protocol SpanExporter: Sendable {
  /// Takes one finished span.
  func export(_ span: Span)
}
