internal import HeadraceCore

/// A configured target and how it is: a line of `headrace llm models`.
public struct TargetSummary: Sendable, Hashable, Codable {
  /// Name of the target.
  public var name: String
  /// Its provider.
  public var provider: String
  /// Its model.
  public var model: String
  /// Its family.
  public var family: ModelFamily
  /// Protocol of the provider.
  public var dialect: String
  /// Tokens of input and output together.
  public var contextTokens: Int
  /// `ready`, `paused` (limits, quota, configuration), or `broken` (its circuit is open).
  public var state: String
  /// Calls under way.
  public var inFlight: Int
  /// Calls waiting for a permit.
  public var waiting: Int
  /// Measured, recent calls weighing more.
  public var milliseconds: Double?
  /// Dollars (or the table's currency) for a million tokens of input, when the table knows.
  public var inputPrice: String?
  /// The same for output.
  public var outputPrice: String?

  init(_ target: Target) {
    name = target.name
    provider = target.provider.name
    model = target.configuration.model
    family = target.configuration.family
    dialect = target.provider.dialect.rawValue
    contextTokens = target.configuration.contextTokens
    state = target.isBroken ? "broken" : target.limiter.isPaused ? "paused" : "ready"
    inFlight = target.limiter.inFlight
    waiting = target.limiter.waiting
    milliseconds = target.statistics.milliseconds
    inputPrice = target.price?.input.amount
    outputPrice = target.price?.output.amount
  }
}
