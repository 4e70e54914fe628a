internal import HeadraceCore
internal import HeadraceHTTPServer
internal import HeadraceTelemetry

/// Around every request: its span, its numbers, its line in the log; and errors get the trace's id.
struct RequestObserver: Sendable {
  private let routes: [String: RouteMetrics]
  /// Requests that no route takes, whatever method they name: a label is never what a client made up.
  private let others: RouteMetrics
  private let logger = Logger(label: "headrace.gateway")

  init(metrics: MetricsRegistry, operations: [GatewayOperation]) {
    routes = Dictionary(
      uniqueKeysWithValues: operations.map { operation in
        (operation.path + operation.method.rawValue, RouteMetrics(metrics, operation.method.rawValue, operation.path))
      })
    others = RouteMetrics(metrics, "any", "none")
  }

  func observe(_ request: HTTPRequest, _ next: Router.Handler) async throws -> HTTPResponse {
    let parent = request.headers["traceparent"].flatMap { TraceContext(traceparent: $0) }
    let route = request.route ?? "none"
    return try await Tracer.shared.withSpan(
      "\(request.method) \(route)", kind: .server, parent: parent,
      attributes: ["http.request.method": request.method.rawValue, "http.route": route]
    ) { span in
      let started = ContinuousClock.now
      var request = request
      let timings = RequestTimings()
      request.context[RequestTimings.key] = timings
      request.context[TraceKey.name] = span.context.traceparent
      var response = try await answer(request, next, traceID: span.context.traceID)
      let total = ContinuousClock.now - started
      span.attributes["http.response.status_code"] = "\(response.status.code)"
      if response.status.code >= 500 { span.failure = response.status.description }
      response.headers["traceparent"] = span.context.traceparent
      response.headers["server-timing"] = timings.header(total: total)
      count(request, route, response.status, total)
      return response
    }
  }

  private func answer(
    _ request: HTTPRequest, _ next: Router.Handler, traceID: String
  ) async throws -> HTTPResponse {
    do {
      return try await next(request)
    } catch var error as HTTPError {
      error.problem.instance = error.problem.instance ?? request.path
      error.problem.extensions.append(.init("traceid", .string(traceID)))
      return error.response
    } catch let error as CancellationError {
      throw error
    } catch let error as HTTPConnectionClosed {
      throw error
    } catch {
      logger.error(
        "a request failed",
        [
          "method": request.method.rawValue, "path": request.path, LogKeys.traceID: traceID,
          LogKeys.error: "\(error)",
        ])
      var error = GatewayProblem.internalServerError.error("This is a fault of the server's; its log says more.")
      error.problem.instance = request.path
      error.problem.extensions.append(.init("traceid", .string(traceID)))
      return error.response
    }
  }

  private func count(_ request: HTTPRequest, _ route: String, _ status: HTTPStatus, _ total: Duration) {
    let method: HTTPMethod = request.method == .head ? .get : request.method
    (routes[route + method.rawValue] ?? others).count(status.code, total)
    logger.debug(
      "\(request.method) \(request.path) \(status.code)",
      [LogKeys.milliseconds: "\(total.milliseconds)"])
  }

  enum TraceKey {
    static let name = "traceparent"
  }
}

extension HTTPRequest {
  /// The span that the request is handled in, as the header has it.
  var traceparent: String? { context[RequestObserver.TraceKey.name] as? String }
}
