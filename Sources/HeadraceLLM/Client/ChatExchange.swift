internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP
internal import HeadraceTelemetry

/// One attempt on the wire: sends, reads the stream, and says what came of it, whatever came of it.
struct ChatExchange {
  let client: LLMClient
  let target: Target
  let request: ChatRequest
  let messages: [ChatMessage]
  let outputTokens: Int
  let inputEstimate: Int
  let deadline: ContinuousClock.Instant

  struct Outcome {
    var answer = RawAnswer()
    /// ``LLMError``, `CancellationError`, or what the listener threw; `nil`: the answer is whole or kept as partial.
    var failure: (any Error)?
    var isPartial = false
    /// As counted by the provider, or a guess on the high side.
    var tokens = TokenCount()
    var milliseconds = 0
    var firstTokenMilliseconds: Int?
  }

  func perform(_ onText: (String) async throws -> Void) async -> Outcome {
    var outcome = Outcome()
    let start = ContinuousClock.now
    var decoder = target.dialect.decoder()
    var firstToken: ContinuousClock.Instant?
    do {
      let total = min(client.configuration.calls.attemptTimeout, deadline - start)
      let wire = target.dialect.exchange(
        DialectCall(
          request: request, messages: messages, target: target.configuration, provider: target.provider,
          maximumOutputTokens: outputTokens))
      var headers = wire.headers
      for (name, value) in target.provider.headers { headers[name] = value.value }
      if let trace = Tracer.current?.traceparent { headers["traceparent"] = trace }
      let policy = client.configuration.calls
      let httpRequest = HTTPClient.Request(
        method: "POST", url: wire.url, headers: headers, body: .bytes(wire.body.bytes),
        deadlines: .init(
          connect: policy.connectTimeout, firstByte: policy.firstTokenTimeout,
          betweenBytes: policy.betweenTokensTimeout, total: total),
        receiveBufferBytes: 2_048)
      try await client.http.withResponse(to: httpRequest) { response in
        guard (200..<300).contains(response.status) else {
          let body = (try? await response.collect(upTo: 64 << 10)) ?? []
          var failure = target.dialect.failure(status: response.status, body: body)
          failure.retryAfter =
            RetryAdvice.wait(response.headers, status: response.status, now: Date()) ?? failure.retryAfter
          throw failure
        }
        if response.headers["content-type"]?.hasPrefix("application/json") == true {
          let body = try await response.collect(upTo: 32 << 20)
          guard let value = try? JSONValue(parsing: body) else {
            throw LLMError(.protocolViolation, "the answer is not JSON", mayHaveBeenPaid: true)
          }
          outcome.answer = try target.dialect.whole(value)
          firstToken = .now
          try await onText(outcome.answer.text)
          return
        }
        var parser = ServerSentEventParser()
        for try await piece in response.body {
          let events: [StreamedEvent]
          do {
            events = try parser.consume(piece)
          } catch {
            throw LLMError(.protocolViolation, "an event of the stream is too large", mayHaveBeenPaid: true)
          }
          for event in events where !decoder.isComplete {
            let text = try decoder.consume(event)
            if !text.isEmpty {
              if firstToken == nil { firstToken = .now }
              try await onText(text)
            }
          }
          // What a server sends after the end mark is nobody's business, and must not be waited for; but when it ends
          // soon by itself, its connection can be kept.
          if decoder.isComplete {
            response.letFinish(within: .milliseconds(250))
            break
          }
        }
        outcome.answer = decoder.answer
        guard decoder.isComplete else {
          throw LLMError(.partialAnswer, "the stream ended before its end mark", mayHaveBeenPaid: true)
        }
      }
    } catch {
      if outcome.answer.text.isEmpty { outcome.answer = decoder.answer }
      outcome.failure = Self.failure(error, hasText: !outcome.answer.text.isEmpty, at: target.provider.address)
      keepPartial(&outcome)
    }
    outcome.milliseconds = Int((ContinuousClock.now - start).milliseconds)
    outcome.firstTokenMilliseconds = firstToken.map { Int(($0 - start).milliseconds) }
    outcome.tokens = tokens(outcome)
    return outcome
  }

  private func keepPartial(_ outcome: inout Outcome) {
    guard request.partialAnswer == .keep, case .text = request.format, !outcome.answer.text.isEmpty,
      let error = outcome.failure as? LLMError, error.failureClass == .transient
    else { return }
    outcome.failure = nil
    outcome.isPartial = true
  }

  /// The provider's count; where a call broke off before it, what may have been used, on the high side: a budget that
  /// forgot failed attempts would not hold.
  private func tokens(_ outcome: Outcome) -> TokenCount {
    if let error = outcome.failure as? LLMError, !error.mayHaveBeenPaid { return TokenCount() }
    if let counted = outcome.answer.tokens, outcome.failure == nil, !outcome.isPartial { return counted }
    if outcome.failure == nil, !outcome.isPartial {
      let arguments = outcome.answer.toolCalls.reduce(0) { $0 + TokenEstimate.tokens(in: $1.arguments) }
      return TokenCount(
        input: inputEstimate, output: TokenEstimate.tokens(in: outcome.answer.text) + arguments)
    }
    var tokens = outcome.answer.tokens ?? TokenCount(input: inputEstimate)
    tokens.output = max(tokens.output, outputTokens)
    return tokens
  }

  static func failure(_ error: any Error, hasText: Bool, at address: String) -> any Error {
    guard let error = error as? HTTPClientError else { return error }
    let paid = error.mayHaveBeenActedOn
    return switch error.kind {
    case .firstByteTimeout: LLMError(.timeout, "no first token within the time allowed", mayHaveBeenPaid: paid)
    case .betweenBytesTimeout: LLMError(.timeout, "the tokens stopped coming", mayHaveBeenPaid: paid)
    case .totalTimeout: LLMError(.timeout, "not finished within the time allowed", mayHaveBeenPaid: paid)
    case .connectTimeout:
      LLMError(.timeout, "no connection to \(address) within the time allowed", mayHaveBeenPaid: false)
    case .brokenStream where hasText, .connectionLost where hasText:
      LLMError(.partialAnswer, "the connection broke in the middle of the answer", mayHaveBeenPaid: true)
    case .invalidRequest: LLMError(.invalidRequest, error.message)
    default: LLMError(.unreachable, "\(error.description) at \(address)", mayHaveBeenPaid: paid)
    }
  }
}
