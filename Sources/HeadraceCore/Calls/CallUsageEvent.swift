/// One call as the bill sees it: the data of `headrace.llm.called.v1`.
public struct CallUsageEvent: Sendable, Hashable, Codable {
  /// How a call ended.
  public enum Outcome: String, Sendable, Hashable, Codable {
    /// It was answered and paid.
    case paid
    /// It failed; what it cost all the same is in the usage.
    case failed
    /// The journal or the cache had the answer.
    case saved
  }

  /// Why the router chose as it did.
  public struct RouterDecision: Sendable, Hashable, Codable {
    /// The task's class.
    public var `class`: String
    /// How far the choice lay before the next.
    public var margin: Double
    /// A sentence.
    public var reason: String

    /// Makes a decision.
    public init(class: String, margin: Double, reason: String) {
      self.class = `class`
      self.margin = margin
      self.reason = reason
    }
  }

  /// The call.
  public var fingerprint: CallFingerprint
  /// From 1.
  public var attempt: Int
  /// How it ended.
  public var outcome: Outcome
  /// What kind of failure, when it failed.
  public var errorClass: FailureClass?
  /// The route it was asked on.
  public var route: String
  /// The provider that was asked.
  public var provider: String
  /// The model that was asked.
  public var model: String
  /// Whose call it was.
  public var tenant: String
  /// The processor that asked; empty for none.
  public var processor: String
  /// The record it was made for.
  public var source: RecordCoordinate?
  /// Tokens read.
  public var inputTokens: Int
  /// Of these, from the provider's cache.
  public var cachedTokens: Int
  /// Tokens written.
  public var outputTokens: Int
  /// Of these, spent on reasoning.
  public var reasoningTokens: Int
  /// What it cost, when a price is known.
  public var cost: Money?
  /// The version of the price table.
  public var priceTable: String?
  /// How long it took.
  public var milliseconds: Int
  /// Until the first token came.
  public var firstTokenMilliseconds: Int?
  /// Why this model, when a router chose.
  public var router: RouterDecision?

  /// Makes an event of a call's usage.
  public init(
    fingerprint: CallFingerprint, attempt: Int, outcome: Outcome, errorClass: FailureClass? = nil, route: String,
    provider: String, model: String, tenant: String, processor: String, source: RecordCoordinate? = nil,
    usage: CallUsage, priceTable: String? = nil, milliseconds: Int, firstTokenMilliseconds: Int? = nil,
    router: RouterDecision? = nil
  ) {
    self.fingerprint = fingerprint
    self.attempt = attempt
    self.outcome = outcome
    self.errorClass = errorClass
    self.route = route
    self.provider = provider
    self.model = model
    self.tenant = tenant
    self.processor = processor
    self.source = source
    self.inputTokens = usage.inputTokens
    self.cachedTokens = usage.cachedTokens
    self.outputTokens = usage.outputTokens
    self.reasoningTokens = usage.reasoningTokens
    self.cost = usage.cost
    self.priceTable = priceTable
    self.milliseconds = milliseconds
    self.firstTokenMilliseconds = firstTokenMilliseconds
    self.router = router
  }
}
