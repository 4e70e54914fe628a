/// What the router would do, and why: the answer of ``LLMClient/explain(_:)``, as JSON the output of `llm explain`.
public struct RouteExplanation: Sendable, Hashable, Codable {
  /// One configured target of the route.
  public struct Candidate: Sendable, Hashable, Codable {
    /// Name of the target.
    public var target: String
    /// Its provider.
    public var provider: String
    /// Its model.
    public var model: String
    /// Whether it can serve the request.
    public var eligible: Bool
    /// Its utility; only when eligible.
    public var score: Double?
    /// Expected quality for this class, 0 … 1.
    public var quality: Double?
    /// Expected cost, a decimal in the price table's currency; absent without a price.
    public var expectedCost: String?
    /// Expected latency.
    public var expectedMilliseconds: Double?
    /// Why it stands where it stands, or why it cannot serve.
    public var reasons: [String]
  }

  /// Provider of the chosen target.
  public var provider: String
  /// Model of the chosen target.
  public var model: String
  /// Name of the chosen target.
  public var target: String
  /// The route.
  public var route: String
  /// The kind of work.
  public var `class`: TaskClass
  /// How the class was found: `request`, `rule` or `classifier`.
  public var classifiedBy: String
  /// How sure the classifier is, 0 … 1.
  public var confidence: Double
  /// Distance to the next candidate.
  public var margin: Double
  /// In a sentence.
  public var reason: String
  /// All targets of the route, best first.
  public var candidates: [Candidate]
  /// Version of the price table.
  public var priceTable: String
  /// Name of the policy.
  public var policy: String
}
