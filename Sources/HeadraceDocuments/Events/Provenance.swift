public import HeadraceCore

/// Which model said it, asked by whom, from which record, for how much.
public struct Provenance: Sendable, Hashable, Codable {
  /// The record of the upload.
  public var source: RecordCoordinate
  /// The processor's name.
  public var processor: String
  /// The processor's version.
  public var version: String
  /// The prompt.
  public var promptID: String
  /// The prompt's version.
  public var promptVersion: String
  /// The route that was asked.
  public var route: String
  /// The provider that answered; empty where no call was made.
  public var provider: String
  /// The model that answered; empty where no call was made.
  public var model: String
  /// Calls in all, those answered by the journal among them.
  public var calls: Int
  /// Calls that the journal answered: not paid again.
  public var journalHits: Int
  /// The attempt at the record that brought the result, counted from 1.
  public var attempts: Int
  /// Tokens sent.
  public var inputTokens: Int
  /// Tokens received.
  public var outputTokens: Int
  /// What the calls cost.
  public var cost: Money
  /// The price table that the cost was reckoned by; empty where there is none.
  public var priceTable: String
  /// Time that the model took over all calls.
  public var milliseconds: Int
  /// The replay that made this, if one did.
  public var runID: String?

  enum CodingKeys: String, CodingKey {
    case source, processor, version
    case promptID = "promptId"
    case promptVersion, route, provider, model, calls, journalHits, attempts, inputTokens, outputTokens, cost
    case priceTable, milliseconds
    case runID = "runId"
  }

  /// Which model said it, asked by whom, from which record, for how much.
  public init(
    source: RecordCoordinate, processor: String, version: String, promptID: String, promptVersion: String,
    route: String, provider: String = "", model: String = "", calls: Int = 0, journalHits: Int = 0, attempts: Int = 1,
    inputTokens: Int = 0, outputTokens: Int = 0, cost: Money = Money(nanos: 0),
    priceTable: String = "", milliseconds: Int = 0, runID: String? = nil
  ) {
    self.source = source
    self.processor = processor
    self.version = version
    self.promptID = promptID
    self.promptVersion = promptVersion
    self.route = route
    self.provider = provider
    self.model = model
    self.calls = calls
    self.journalHits = journalHits
    self.attempts = attempts
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cost = cost
    self.priceTable = priceTable
    self.milliseconds = milliseconds
    self.runID = runID
  }
}
