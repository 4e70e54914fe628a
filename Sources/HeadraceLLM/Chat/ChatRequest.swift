public import HeadraceCore

/// What is asked of a model, in the same words for every provider.
///
/// A request names either nothing (the default route decides), a ``route``, a ``model``, or a ``taskClass``. What the
/// chosen model's dialect cannot do is an error before the call, never a silent drop.
///
/// ```swift
/// var request = ChatRequest(messages: [.system("You describe documents."), .user(text)])
/// request.format = .json(name: "summary", schema: schema)
/// request.prompt = PromptReference(id: "document-summary", version: "3", template: template)
/// let response = try await llm.complete(request, journal: journal, usage: usage)
/// ```
public struct ChatRequest: Sendable {
  /// The conversation, oldest first. System messages come first.
  public var messages: [ChatMessage]

  // MARK: Which model

  /// A configured route. `nil`: the default one.
  public var route: String?
  /// A configured target, by its name or by its model's; nothing else will do then.
  public var model: String?
  /// The kind of work, when the caller knows it better than the router's rules.
  public var taskClass: TaskClass?
  /// What a target must satisfy beside what follows from the request itself.
  public var constraints: RouteConstraints

  // MARK: How to answer

  /// Text, or JSON by a schema.
  public var format: ResponseFormat
  /// Tokens of the answer at most, the reasoning included. `nil`: the target's own default.
  public var maximumOutputTokens: Int?
  /// 0 … 2; `nil`: the provider's default. 0 for answers that should repeat.
  public var temperature: Double?
  /// Asks for repeatable sampling where the provider has it.
  public var seed: Int64?
  /// The answer ends before any of these texts.
  public var stop: [String]
  /// Functions that the model may call.
  public var tools: [ChatTool]
  /// Whether it may, must not or must call one.
  public var toolChoice: ToolChoice
  /// How much a reasoning model thinks before it answers; `nil`: its default.
  public var reasoningEffort: ReasoningEffort?

  // MARK: Who asks, and with what: part of the fingerprint

  /// Whose data it is. Cache, budgets and the bill are parted by it. Default `default`.
  public var tenant: String
  /// The processor that asks, e.g. `enricher`; `nil` for people.
  public var processor: String?
  /// Version of the processor's logic.
  public var processorVersion: String?
  /// The prompt that the messages were made with.
  public var prompt: PromptReference?
  /// Further identity of what is asked, e.g. `["document": sha256]`. The messages are part of the fingerprint anyway.
  public var data: [String: String]
  /// Tells samples of the same request apart. Default 0.
  public var sample: Int

  // MARK: Accounting and patience: not part of the fingerprint

  /// The record that the call is made for.
  public var source: RecordCoordinate?
  /// A replay's or batch's id, for its own budget.
  public var runID: String?
  /// The caller's key, for budgets by key: a name or hash, never the secret.
  public var keyID: String?
  /// Attempts that failed before in another process, from the journal. Default 0.
  public var priorAttempts: Int
  /// Who goes first when permits are short.
  public var priority: CallPriority
  /// Time for everything: waiting for permits, retries, repair. Default 10 minutes.
  public var timeout: Duration
  /// Whether an equal request of the same tenant may be answered from memory.
  public var cache: CacheUse
  /// What happens to an answer whose stream broke.
  public var partialAnswer: PartialAnswerPolicy

  /// Makes a request of messages; everything else has its default and is set afterwards.
  public init(messages: [ChatMessage]) {
    self.messages = messages
    constraints = RouteConstraints()
    format = .text
    stop = []
    tools = []
    toolChoice = .automatic
    tenant = "default"
    data = [:]
    sample = 0
    priorAttempts = 0
    priority = .normal
    timeout = .seconds(600)
    cache = .whereRepeatable
    partialAnswer = .restart
  }
}
