internal import HeadraceCore
internal import HeadraceTelemetry

/// What a request's task does: asks the handler, then sends what it answered.
struct HTTPDelivery: Sendable {
  let request: HTTPRequest
  let handler: Router.Handler
  let send: @Sendable (HTTPExchange.Message) -> Void
  let logger: Logger

  func run() async {
    guard let production = await begin() else { return }
    // Everything that made the answer is gone by now: a stream may stay for hours, by the thousand.
    await production.run()
  }

  /// Asks the handler and starts the answer. Returns what is left to produce.
  @inline(never)
  private func begin() async -> HTTPProduction? {
    let response = await answer()
    switch response.body {
    case .none: start(response, .bytes([]))
    case .bytes(let bytes): start(response, .bytes(bytes))
    case .stream(let length, let body): return production(response, length: length, events: nil, body)
    case .events(let options, let body):
      var response = response
      response.headers["content-type"] = "text/event-stream"
      response.headers["cache-control"] = response.headers["cache-control"] ?? "no-store"
      response.headers["x-accel-buffering"] = "no"
      return production(response, length: nil, events: options) { writer in
        try await body(ServerSentEventWriter(writer: writer))
      }
    case .file(let path): return await file(path, response)
    }
    return nil
  }

  private func answer() async -> HTTPResponse {
    do {
      return try await handler(request)
    } catch var error as HTTPError {
      error.problem.instance = error.problem.instance ?? request.path
      return error.response
    } catch is CancellationError {
      return HTTPError(.serviceUnavailable, detail: "The request was cancelled.").response
    } catch let closed as HTTPConnectionClosed {
      return HTTPError(.badRequest, detail: "\(closed)").response
    } catch {
      logger.error(
        "a handler failed", ["method": request.method.rawValue, "path": request.path, LogKeys.error: "\(error)"])
      var problem = ProblemDetails(status: .internalServerError, detail: "This is a fault of the server's.")
      problem.instance = request.path
      return problem.response
    }
  }

  private func start(_ response: HTTPResponse, _ kind: HTTPExchange.Start.Kind) {
    send(.respond(HTTPExchange.Start(status: response.status, headers: response.headers, kind: kind)))
  }

  private func production(
    _ response: HTTPResponse, length: Int?, events: ServerSentEventOptions?,
    _ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> HTTPProduction? {
    let writer = HTTPBodyWriter(capacity: 64 << 10) { [send] request in
      switch request {
      case .write(let bytes): send(.write(bytes))
      case .abort: send(.abort)
      case .cut: send(.cut)
      }
    }
    start(response, .stream(length: length, HTTPExchange.Start.Stream(writer: writer, events: events)))
    guard request.method != .head, !response.status.forbidsBody else { return nil }
    return HTTPProduction(writer: writer, path: request.path, send: send, logger: logger, body: body)
  }

  private func file(_ path: String, _ response: HTTPResponse) async -> HTTPProduction? {
    do {
      let file = try await FileReader.open(path)
      return production(response, length: file.size, events: nil) { writer in
        while let piece = try await file.next() { try await writer.write(piece) }
      }
    } catch {
      logger.error("a file could not be opened", [LogKeys.error: "\(error)"])
      let response = HTTPError(.internalServerError, detail: "The file could not be opened.").response
      if case .bytes(let bytes) = response.body { start(response, .bytes(bytes)) }
      return nil
    }
  }
}
