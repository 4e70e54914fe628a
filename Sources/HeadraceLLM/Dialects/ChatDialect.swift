internal import HeadraceCore
internal import HeadraceHTTP

/// How one provider's protocol says a request and an answer. Pure: no I/O.
protocol ChatDialect: Sendable {
  /// What the protocol cannot say of this request, in words; `nil`: it can.
  func unsupported(_ request: ChatRequest) -> String?

  /// Whether the protocol has a seed for sampling.
  var hasSeed: Bool { get }

  /// Why a model that reasons cannot be told how much for this request, in words; `nil`: it can.
  func effortObstacle(_ request: ChatRequest) -> String?

  /// The request on the wire; always streamed.
  func exchange(_ call: DialectCall) -> DialectExchange

  /// A decoder for one streamed answer.
  func decoder() -> any ChatStreamDecoder

  /// An answer that came whole because the server does not stream.
  func whole(_ body: JSONValue) throws(LLMError) -> RawAnswer

  /// An answer with an error status.
  func failure(status: Int, body: [UInt8]) -> LLMError
}

extension ChatDialect {
  var hasSeed: Bool { true }

  func effortObstacle(_ request: ChatRequest) -> String? { nil }

  /// Wishes that this target's model or protocol has no word for. They change how an answer is sampled, not what is
  /// asked, so they do not make the target ineligible; the explanation names them.
  func leftOut(_ request: ChatRequest, _ target: TargetConfiguration) -> [String] {
    var notes: [String] = []
    if request.temperature != nil, !target.capabilities.contains(.temperature) {
      notes.append("it takes no temperature, which is left out")
    }
    if request.seed != nil, !hasSeed { notes.append("its protocol has no seed, which is left out") }
    if request.reasoningEffort != nil {
      if !target.capabilities.contains(.reasoning) {
        notes.append("it does not reason, so the effort is left out")
      } else if let obstacle = effortObstacle(request) {
        notes.append(obstacle)
      }
    }
    return notes
  }
}

/// What a dialect needs to say a request.
struct DialectCall {
  var request: ChatRequest
  var messages: [ChatMessage]
  var target: TargetConfiguration
  var provider: ProviderConfiguration
  var maximumOutputTokens: Int
}

/// A request on the wire.
struct DialectExchange {
  var url: String
  var headers: HTTPClient.Headers
  var body: JSONValue
}

/// Puts an answer together from a stream's events.
protocol ChatStreamDecoder: Sendable {
  /// Takes an event; returns the text that it added.
  mutating func consume(_ event: StreamedEvent) throws(LLMError) -> String

  /// Whether the answer's own end mark was seen.
  var isComplete: Bool { get }

  /// What has come so far.
  var answer: RawAnswer { get }
}

/// An answer as the provider gave it.
struct RawAnswer: Sendable {
  struct RawToolCall: Sendable {
    var id = ""
    var name = ""
    var arguments = ""
  }

  var text = ""
  var toolCalls: [RawToolCall] = []
  var finish: FinishReason?
  var refusal: String?
  var tokens: TokenCount?
  var model: String?
}
