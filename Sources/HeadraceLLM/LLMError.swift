public import HeadraceCore

/// Why a model call failed.
public struct LLMError: ClassifiedError, CustomStringConvertible {
  /// What failed.
  public struct Code: Sendable, Hashable {
    /// The stable word for it; each has a page in the documentation.
    public let word: String
    /// What to do about it.
    public let failureClass: FailureClass

    /// The provider could not be reached, or its answer broke off.
    public static let unreachable = Code(word: "model_unreachable", failureClass: .transient)
    /// No first token, no next token, or no end within the time allowed.
    public static let timeout = Code(word: "model_timeout", failureClass: .transient)
    /// The provider is overloaded or broken (5xx).
    public static let unavailable = Code(word: "model_unavailable", failureClass: .transient)
    /// The stream ended before its end mark.
    public static let partialAnswer = Code(word: "model_partial_answer", failureClass: .transient)
    /// The circuit of every target is open: nothing but failures comes, so waiting is all that helps. It says nothing of
    /// the request, and no attempt of a record is used up by it.
    public static let circuitOpen = Code(word: "model_circuit_open", failureClass: .throttled)
    /// This client stops, and the call would only have waited.
    public static let stopping = Code(word: "model_client_stopping", failureClass: .throttled)
    /// The provider says: too fast (429).
    public static let throttled = Code(word: "model_throttled", failureClass: .throttled)
    /// No permit within the time allowed, or the queue for permits is full.
    public static let noPermit = Code(word: "model_no_permit", failureClass: .throttled)
    /// The provider says: allowance or money used up (402, quota-style 400, 403 and 429).
    public static let quota = Code(word: "model_quota", failureClass: .quota)
    /// Our own budget is spent.
    public static let budget = Code(word: "model_budget_spent", failureClass: .quota)
    /// The key is missing, wrong or not allowed (401, 403).
    public static let credentials = Code(word: "model_credentials", failureClass: .configuration)
    /// The provider does not know the model, or the route is not configured.
    public static let unknownModel = Code(word: "model_unknown", failureClass: .configuration)
    /// No configured target can serve the request; the detail names each with its reason.
    public static let noTarget = Code(word: "model_no_target", failureClass: .configuration)
    /// The provider refused the request as malformed (400, 422).
    public static let rejected = Code(word: "model_request_rejected", failureClass: .content)
    /// The input does not fit the model's context.
    public static let tooLong = Code(word: "model_input_too_long", failureClass: .content)
    /// The model or the provider's filter refused.
    public static let refused = Code(word: "model_refused", failureClass: .content)
    /// The answer is not valid by the schema, after one repair.
    public static let invalidAnswer = Code(word: "model_answer_invalid", failureClass: .content)
    /// The answer reached its token limit before its JSON was complete.
    public static let truncated = Code(word: "model_answer_truncated", failureClass: .content)
    /// The request cannot be made like this.
    public static let invalidRequest = Code(word: "model_request_invalid", failureClass: .bug)
    /// The provider answered something that is not its protocol.
    public static let protocolViolation = Code(word: "model_protocol", failureClass: .transient)
    /// The journal holds something that is no answer.
    public static let journalCorrupt = Code(word: "model_journal_corrupt", failureClass: .bug)
  }

  /// What failed.
  public var code: Code
  /// What happened and what to do next, for people. Holds no secret.
  public var detail: String
  /// The provider that failed, when one did.
  public var provider: String?
  /// The model that failed, when one did.
  public var model: String?
  /// HTTP status, when there was one.
  public var status: Int?
  /// How long to wait, when the provider or our own limiter knows.
  public var retryAfter: Duration?
  /// False only when it is certain that the provider did no work for it.
  public var mayHaveBeenPaid: Bool
  /// Attempts made until then, over all targets.
  public var attempts: Int

  /// Makes an error.
  public init(
    _ code: Code, _ detail: String, provider: String? = nil, model: String? = nil, status: Int? = nil,
    retryAfter: Duration? = nil, mayHaveBeenPaid: Bool = false, attempts: Int = 0
  ) {
    self.code = code
    self.detail = detail
    self.provider = provider
    self.model = model
    self.status = status
    self.retryAfter = retryAfter
    self.mayHaveBeenPaid = mayHaveBeenPaid
    self.attempts = attempts
  }

  /// The class of its code.
  public var failureClass: FailureClass { code.failureClass }
  /// The word of its code.
  public var reason: String { code.word }

  /// For people: word, who, and detail.
  public var description: String {
    let who = [provider, model].compactMap { $0 }.joined(separator: "/")
    return who.isEmpty ? "\(code.word): \(detail)" : "\(code.word) (\(who)): \(detail)"
  }
}
