/// A model at a provider: what the router chooses between.
public struct TargetConfiguration: Sendable, Hashable {
  /// Its name in routes, e.g. `deep`; the model's name by default.
  public var name: String
  /// Name of the provider.
  public var provider: String
  /// The model's name as the provider knows it.
  public var model: String
  /// The family whose quality figures and place in the shipped policy it takes; guessed from the model's name.
  public var family: ModelFamily
  /// Tokens of input and output together. Default 128,000.
  public var contextTokens: Int
  /// Tokens of one answer at most. Default 8,192.
  public var maximumOutputTokens: Int
  /// What it can do.
  public var capabilities: ModelCapabilities
  /// Quality by kind of work, 0 … 1, measured by the operator; what is missing comes from the family.
  public var quality: [TaskClass: Double]
  /// Expected milliseconds of a call before anything was measured. Default 2,000.
  public var expectedMilliseconds: Double
  /// Its limits.
  public var limits: TargetLimits

  /// Makes a target.
  public init(
    name: String? = nil, provider: String, model: String, family: ModelFamily? = nil, contextTokens: Int = 128_000,
    maximumOutputTokens: Int = 8_192, capabilities: ModelCapabilities? = nil, quality: [TaskClass: Double] = [:],
    expectedMilliseconds: Double = 2_000, limits: TargetLimits = TargetLimits()
  ) {
    self.name = name ?? model
    self.provider = provider
    self.model = model
    self.family = family ?? ModelFamily(model: model)
    self.contextTokens = contextTokens
    self.maximumOutputTokens = maximumOutputTokens
    self.capabilities =
      capabilities ?? family?.capabilities ?? ModelFamily.capabilities(model: model)
    self.quality = quality
    self.expectedMilliseconds = expectedMilliseconds
    self.limits = limits
  }
}
