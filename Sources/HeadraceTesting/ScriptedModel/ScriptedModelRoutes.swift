internal import HeadraceCore
internal import HeadraceHTTPServer
internal import Synchronization

/// What a scripted model answers.
enum ScriptedModelRoutes {
  static func router(_ holder: ScriptedModelHolder) -> Router {
    var router = Router()
    router.get("/health") { _ in .text(#"{"status":"ok"}"#, contentType: "application/json") }
    router.get("/v1/models") { _ in
      .text(#"{"object":"list","data":[{"id":"scripted","object":"model"}]}"#, contentType: "application/json")
    }
    router.post("/v1/chat/completions", bodyLimit: 64 << 20) { request in
      guard let model = holder.model.withLock({ $0 }) else { throw HTTPError(.serviceUnavailable) }
      let bytes = try await request.body.collect(upTo: 64 << 20)
      guard let body = try? JSONValue(parsing: bytes) else { return failure(400, "invalid_json", "not JSON") }
      return try await model.answer(
        ScriptedModelRequest(body: body, authorization: request.headers["authorization"]))
    }
    router.post("/v1/embeddings", bodyLimit: 64 << 20) { request in
      guard let model = holder.model.withLock({ $0 }) else { throw HTTPError(.serviceUnavailable) }
      let bytes = try await request.body.collect(upTo: 64 << 20)
      guard let body = try? JSONValue(parsing: bytes) else { return failure(400, "invalid_json", "not JSON") }
      return model.embed(body)
    }
    return router
  }

  static func failure(_ status: Int, _ code: String?, _ message: String, retryAfter: Int? = nil) -> HTTPResponse {
    let body: JSONValue = [
      "error": ["message": .string(message), "type": "scripted", "code": code.map { .string($0) } ?? .null]
    ]
    var response = HTTPResponse.text(body.text, contentType: "application/json", status: HTTPStatus(code: status))
    if let retryAfter { response.headers.add("retry-after", "\(retryAfter)") }
    return response
  }

  static func tokens(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count + 1 }
}

extension ScriptedModel {
  private struct Start {
    var latency: Duration
    var interval: Duration
    var fault: ScriptedFault.Kind?
    var isCrowded: Bool
    var answer: @Sendable (ScriptedModelRequest) -> String
  }

  func answer(_ request: ScriptedModelRequest) async throws -> HTTPResponse {
    let start = begin(request)
    if start.isCrowded {
      return ScriptedModelRoutes.failure(429, "rate_limit_exceeded", "too many at a time", retryAfter: 1)
    }
    if case .status(let status, let retryAfter, let code, let message) = start.fault {
      state.withLock { state in
        state.refused += 1
        state.inFlight -= 1
      }
      return ScriptedModelRoutes.failure(status, code, message, retryAfter: retryAfter)
    }
    state.withLock { $0.billed[request.prompt, default: 0] += 1 }
    do {
      try await Task.sleep(for: start.latency)
    } catch {
      state.withLock { $0.inFlight -= 1 }
      throw error
    }
    let text = if case .answer(let other) = start.fault { other } else { start.answer(request) }
    guard request.body["stream"]?.bool == true else {
      state.withLock { $0.inFlight -= 1 }
      return whole(text, request)
    }
    let fault = start.fault
    let interval = start.interval
    return HTTPResponse(
      status: .ok, headers: ["content-type": "text/event-stream"],
      body: .stream(length: nil) { [self] writer in
        defer { state.withLock { $0.inFlight -= 1 } }
        try await send(text, request, fault, interval, writer)
      })
  }

  private func begin(_ request: ScriptedModelRequest) -> Start {
    state.withLock { state in
      if state.requests.count < 100_000 { state.requests.append(request) }
      let configuration = state.configuration
      let isCrowded = configuration.concurrency.map { state.inFlight >= $0 } ?? false
      if isCrowded {
        state.refused += 1
      } else {
        state.inFlight += 1
        state.mostInFlight = max(state.mostInFlight, state.inFlight)
      }
      var fault: ScriptedFault.Kind?
      for index in configuration.faults.indices where !isCrowded {
        let candidate = configuration.faults[index]
        guard candidate.times != 0, candidate.matching.map({ request.prompt.contains($0) }) ?? true else { continue }
        guard candidate.probability >= 1 || Double.random(in: 0..<1, using: &state.generator) < candidate.probability
        else { continue }
        if let times = candidate.times { state.configuration.faults[index].times = times - 1 }
        fault = candidate.kind
        break
      }
      return Start(
        latency: configuration.latency.sample(using: &state.generator), interval: configuration.pieceInterval,
        fault: fault, isCrowded: isCrowded, answer: configuration.answer)
    }
  }

  private func send(
    _ text: String, _ request: ScriptedModelRequest, _ fault: ScriptedFault.Kind?, _ interval: Duration,
    _ writer: HTTPBodyWriter
  ) async throws {
    if case .resetBeforeAnswer = fault { return writer.abort() }
    func event(_ value: JSONValue) -> [UInt8] { Array("data: ".utf8) + value.bytes + Array("\n\n".utf8) }
    func chunk(_ delta: JSONValue, _ finish: JSONValue = .null) -> JSONValue {
      [
        "id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": .string("scripted"),
        "choices": [["index": 0, "delta": delta, "finish_reason": finish]],
      ]
    }
    try await writer.write(event(chunk(["role": "assistant", "content": ""])))
    for (index, piece) in Self.pieces(text).enumerated() {
      switch fault {
      case .cut(index): throw CancellationError()
      case .noEndMark(index): return
      case .stall(index): try await Task.sleep(for: .seconds(3_600))
      case .errorEvent(index, let code):
        return try await writer.write(
          event(["error": ["message": "scripted", "type": .string(code), "code": .string(code)]]))
      default: break
      }
      if index > 0, interval > .zero { try await Task.sleep(for: interval) }
      try await writer.write(event(chunk(["content": .string(piece)])))
    }
    try await writer.write(event(chunk([:], "stop")))
    try await writer.write(
      event(["id": "scripted", "choices": [], "model": "scripted", "usage": usage(text, request)]))
    try await writer.write(Array("data: [DONE]\n\n".utf8))
  }

  /// Words with the white space after them: their number is the number of tokens that are billed.
  private static func pieces(_ text: String) -> [String] {
    var pieces: [String] = []
    var current = ""
    for character in text {
      current.append(character)
      if character.isWhitespace {
        pieces.append(current)
        current = ""
      }
    }
    if !current.isEmpty || pieces.isEmpty { pieces.append(current) }
    return pieces
  }

  private func usage(_ text: String, _ request: ScriptedModelRequest) -> JSONValue {
    let input = ScriptedModelRoutes.tokens(request.prompt)
    let output = Self.pieces(text).count
    return [
      "prompt_tokens": .int(Int64(input)), "completion_tokens": .int(Int64(output)),
      "total_tokens": .int(Int64(input + output)),
    ]
  }

  private func whole(_ text: String, _ request: ScriptedModelRequest) -> HTTPResponse {
    let body: JSONValue = [
      "id": "scripted", "object": "chat.completion", "model": "scripted",
      "choices": [
        ["index": 0, "finish_reason": "stop", "message": ["role": "assistant", "content": .string(text)]]
      ], "usage": usage(text, request),
    ]
    return .text(body.text, contentType: "application/json")
  }

  /// Eight numbers that follow from the text.
  func embed(_ body: JSONValue) -> HTTPResponse {
    let inputs = body["input"]?.array?.compactMap(\.string) ?? [body["input"]?.string ?? ""]
    state.withLock { $0.billed["embedding", default: 0] += 1 }
    let data = inputs.enumerated().map { index, text -> JSONValue in
      let digest = SHA256.hash(text).bytes.prefix(8)
      return [
        "object": "embedding", "index": .int(Int64(index)),
        "embedding": .array(digest.map { .double(Double($0) / 255) }),
      ]
    }
    let tokens = Int64(inputs.reduce(0) { $0 + ScriptedModelRoutes.tokens($1) })
    let answer: JSONValue = [
      "object": "list", "model": "scripted", "data": .array(data),
      "usage": ["prompt_tokens": .int(tokens), "total_tokens": .int(tokens)],
    ]
    return .text(answer.text, contentType: "application/json")
  }
}
