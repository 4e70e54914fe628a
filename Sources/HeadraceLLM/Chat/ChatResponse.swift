public import HeadraceCore

/// What came back: the answer, who gave it, and for how much.
public struct ChatResponse: Sendable, Hashable, Codable {
  /// The answer's text, the reasoning not included. Empty when the model only calls tools.
  public var text: String
  /// The answer as JSON, valid by the schema, when a schema was asked for.
  @JSONAsText public var structured: JSONValue?
  /// Calls that the model asks for.
  public var toolCalls: [ToolCall]
  /// Why it ended.
  public var finishReason: FinishReason
  /// Tokens and money, over all attempts of this request.
  public var usage: CallUsage
  /// The route that served it.
  public var route: String
  /// The provider that served it, e.g. `openai`.
  public var provider: String
  /// The model as the provider names it in its answer.
  public var model: String
  /// Time of the attempt that succeeded, from its sending to its last byte, in milliseconds.
  public var milliseconds: Int
  /// From its sending to its first token, in milliseconds.
  public var firstTokenMilliseconds: Int?
  /// Attempts made, this one included; a repair is one.
  public var attempts: Int
  /// Version of the price table that `usage.cost` was computed with.
  public var priceTable: String
  /// Why this model, when the router chose.
  public var decision: RouteDecisionSummary?
  /// Whether it was paid for earlier and came from the journal.
  public var isFromJournal = false

  /// Makes a response; for tests and dialects.
  public init(
    text: String, structured: JSONValue? = nil, toolCalls: [ToolCall] = [], finishReason: FinishReason = .stop,
    usage: CallUsage = CallUsage(), route: String = "default", provider: String, model: String, milliseconds: Int = 0,
    firstTokenMilliseconds: Int? = nil, attempts: Int = 1, priceTable: String = "",
    decision: RouteDecisionSummary? = nil
  ) {
    self.text = text
    self.structured = structured
    self.toolCalls = toolCalls
    self.finishReason = finishReason
    self.usage = usage
    self.route = route
    self.provider = provider
    self.model = model
    self.milliseconds = milliseconds
    self.firstTokenMilliseconds = firstTokenMilliseconds
    self.attempts = attempts
    self.priceTable = priceTable
    self.decision = decision
  }
}

/// Why an answer ended.
public enum FinishReason: String, Sendable, Hashable, Codable {
  /// The model was done, or met a stop text.
  case stop
  /// The limit on output tokens cut it.
  case length
  /// The model waits for the results of tools.
  case toolCalls = "tool-calls"
  /// The provider's filter cut it. Only with text before it; an empty one is an error.
  case filtered
  /// The stream broke and the caller asked to keep what came.
  case partial
}
