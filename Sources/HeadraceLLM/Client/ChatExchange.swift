internal import FoundationEssentials
internal import HeadraceCore
internal import HeadraceHTTP
internal import HeadraceTelemetry

/// One attempt on the wire: sends, reads the stream, and says what came of it, whatever came of it.
final class ChatExchange {
  let client: LLMClient
  let target: Target
  let request: ChatRequest
  let messages: [ChatMessage]
  /// Tokens of output at most.
  let outputTokens: Int
  /// Tokens of input, estimated.
  let inputTokens: Int
  let deadline: ContinuousClock.Instant
  /// Somebody wants the text as it comes.
  let isHeard: Bool
  var permit: TargetPermit?
  var reservation: BudgetLedger.Reservation?
  private(set) var outcome = Outcome()

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

  init(
    client: LLMClient, target: Target, request: ChatRequest, messages: [ChatMessage], outputTokens: Int,
    inputTokens: Int, deadline: ContinuousClock.Instant, isHeard: Bool
  ) {
    self.client = client
    self.target = target
    self.request = request
    self.messages = messages
    self.outputTokens = outputTokens
    self.inputTokens = inputTokens
    self.deadline = deadline
    self.isHeard = isHeard
  }

  /// Tokens that the attempt may use at most.
  var tokens: Int { inputTokens + outputTokens }
  /// What the attempt may cost at most.
  var bound: Money { target.bound(inputTokens: inputTokens, outputTokens: outputTokens) }
  var spanAttributes: [String: String] {
    CallSpan.request(request, target, outputTokens, recordsContent: client.configuration.recordsContent)
  }

  func note(on span: inout Span) {
    CallSpan.answered(&span, outcome, recordsContent: client.configuration.recordsContent)
  }

  func perform(_ onText: (String) async throws -> Void) async {
    let start = ContinuousClock.now
    let reader = AnswerReader(target.dialect.decoder(), isHeard: isHeard)
    do {
      try await client.http.withResponse(to: wire(start), consumer: reader) { response in
        guard (200..<300).contains(response.status) else { throw await failure(response) }
        while try await response.wait() {
          let news = reader.news()
          if !news.text.isEmpty { try await onText(news.text) }
          if let failure = news.failure { throw failure }
          if news.isComplete { return outcome.answer = reader.answer }
        }
        let (answer, isUnheard) = try end(reader, response)
        outcome.answer = answer
        if isUnheard, isHeard, !answer.text.isEmpty { try await onText(answer.text) }
      }
    } catch {
      failed(error, reader)
    }
    ended(start, reader)
  }

  private func failed(_ error: any Error, _ reader: AnswerReader) {
    if outcome.answer.text.isEmpty { outcome.answer = reader.answer }
    outcome.failure = Self.failure(error, hasText: !outcome.answer.text.isEmpty, at: target.provider.address)
    keepPartial()
  }

  private func ended(_ start: ContinuousClock.Instant, _ reader: AnswerReader) {
    outcome.milliseconds = Int((ContinuousClock.now - start).milliseconds)
    outcome.firstTokenMilliseconds = reader.firstToken.map { Int(($0 - start).milliseconds) }
    outcome.tokens = usedTokens()
  }

  /// The request on the wire.
  private func wire(_ start: ContinuousClock.Instant) -> HTTPClient.Request {
    let wire = target.dialect.exchange(
      DialectCall(
        request: request, messages: messages, target: target.configuration, provider: target.provider,
        maximumOutputTokens: outputTokens))
    var headers = wire.headers
    for (name, value) in target.provider.headers { headers[name] = value.value }
    if let trace = Tracer.current?.traceparent { headers["traceparent"] = trace }
    let policy = client.configuration.calls
    return HTTPClient.Request(
      method: "POST", url: wire.url, headers: headers, body: .bytes(wire.body.bytes),
      deadlines: .init(
        connect: policy.connectTimeout, firstByte: policy.firstTokenTimeout,
        betweenBytes: policy.betweenTokensTimeout, total: min(policy.attemptTimeout, deadline - start)),
      receiveBufferBytes: 2_048, decodesContent: true)
  }

  /// What an answer with an error status means.
  private func failure(_ response: HTTPClient.Response) async -> LLMError {
    let body = (try? await response.collect(upTo: 64 << 10)) ?? []
    if (300..<400).contains(response.status) {
      // Not followed: the key must not go where the server says.
      let place = response.headers["location"] ?? "nowhere"
      return LLMError(
        .unknownModel, "\(target.provider.address) redirects to \(place): set the base URL to where the models are",
        status: response.status)
    }
    var failure = target.dialect.failure(status: response.status, body: body)
    failure.retryAfter =
      RetryAdvice.wait(response.headers, status: response.status, now: Date()) ?? failure.retryAfter
    return failure
  }

  /// The body has ended, and not by the answer's own end mark. Text that came in one piece has not been heard yet.
  private func end(_ reader: AnswerReader, _ response: HTTPClient.Response) throws(LLMError) -> (
    RawAnswer, isUnheard: Bool
  ) {
    if let body = reader.takeWhole() {
      guard let value = try? JSONValue(parsing: body) else {
        throw LLMError(.protocolViolation, "the answer is not JSON", mayHaveBeenPaid: true)
      }
      return (try target.dialect.whole(value), true)
    }
    guard reader.hasEvents else {
      let type = response.headers["content-type"] ?? "nothing"
      throw LLMError(
        .protocolViolation, "the answer is neither a stream of events nor JSON but \(type)", mayHaveBeenPaid: true)
    }
    // Some servers forget the end mark. Where HTTP itself tells that the body is whole, the reason why the model ended is
    // as good: only a count of tokens could have come after it.
    let answer = reader.answer
    if response.isFramed, answer.finish != nil { return (answer, false) }
    throw LLMError(.partialAnswer, "the stream ended before its end mark", mayHaveBeenPaid: true)
  }

  private func keepPartial() {
    guard request.partialAnswer == .keep, case .text = request.format, !outcome.answer.text.isEmpty,
      let error = outcome.failure as? LLMError, error.failureClass == .transient
    else { return }
    outcome.failure = nil
    outcome.isPartial = true
  }

  /// The provider's count; where a call broke off before it, what may have been used, on the high side: a budget that
  /// forgot failed attempts would not hold.
  private func usedTokens() -> TokenCount {
    if let error = outcome.failure as? LLMError, !error.mayHaveBeenPaid { return TokenCount() }
    if let counted = outcome.answer.tokens, outcome.failure == nil, !outcome.isPartial { return counted }
    if outcome.failure == nil, !outcome.isPartial {
      let arguments = outcome.answer.toolCalls.reduce(0) { $0 + TokenEstimate.tokens(in: $1.arguments) }
      return TokenCount(
        input: inputTokens, output: TokenEstimate.tokens(in: outcome.answer.text) + arguments)
    }
    var tokens = outcome.answer.tokens ?? TokenCount(input: inputTokens)
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
