import Glibc
import Synchronization

/// Makes spans. Costs next to nothing until an exporter is handed in.
public final class Tracer: Sendable {
  /// The tracer of the process.
  public static let shared = Tracer()

  /// The span that the current task is in.
  @TaskLocal public static var current: TraceContext?

  private let exporter = Mutex<(any SpanExporter)?>(nil)

  /// A tracer without exporter.
  public init() {}

  /// Hands finished spans to `exporter` from now on; nil stops it.
  public func use(_ exporter: (any SpanExporter)?) { self.exporter.withLock { $0 = exporter } }

  /// Whether anybody takes the spans.
  package var isExporting: Bool { exporter.withLock { $0 != nil } }

  /// Runs `body` inside a new span below `parent` (or the task's current one, or as a root), which is the task's
  /// current one meanwhile. A thrown error is noted on the span and passed on.
  nonisolated(nonsending) public func withSpan<Result>(
    _ name: String, kind: Span.Kind = .internal, parent: TraceContext? = nil, attributes: [String: String] = [:],
    _ body: nonisolated(nonsending) (inout Span) async throws -> Result
  ) async throws -> Result {
    let above = parent ?? Self.current
    let start = Self.now()
    var span = Span(
      name: name, kind: kind, context: above?.child() ?? .random(), parentSpanID: above?.spanID,
      attributes: attributes, startNanoseconds: start, endNanoseconds: start, failure: nil)
    do {
      let result = try await Self.$current.withValue(span.context) { try await body(&span) }
      finish(&span)
      return result
    } catch {
      span.failure = "\(error)"
      finish(&span)
      throw error
    }
  }

  private func finish(_ span: inout Span) {
    guard let exporter = exporter.withLock({ $0 }) else { return }
    span.endNanoseconds = Self.now()
    exporter.export(span)
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
