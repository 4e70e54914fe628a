internal import HeadraceCore
internal import HeadraceHTTPServer
internal import Synchronization

/// What a request's parts took, for `Server-Timing`.
final class RequestTimings: Sendable {
  static let key = "timings"
  private let parts = Mutex<[(name: String, duration: Duration)]>([])

  func add(_ name: String, _ duration: Duration) { parts.withLock { $0.append((name, duration)) } }

  /// `accept;dur=1.2, total;dur=1.5`, in milliseconds.
  func header(total: Duration) -> String {
    (parts.withLock { $0 } + [("total", total)]).map { part in
      let tenths = part.duration.nanoseconds / 100_000
      return "\(part.name);dur=\(tenths / 10).\(tenths % 10)"
    }.joined(separator: ", ")
  }
}

extension HTTPRequest {
  var timings: RequestTimings? { context[RequestTimings.key] as? RequestTimings }
}
