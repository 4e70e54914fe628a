/// A named way to models: which targets, in which order or by which policy.
public struct RouteConfiguration: Sendable, Hashable {
  /// Its name in requests, permits and bills. The default one is called `default`.
  public var name: String
  /// Names of its targets; empty: all configured ones.
  public var targets: [String]
  /// How the first one is found.
  public var selection: Selection
  /// Whether the others stand in when the first fails or has no permit. Default true.
  public var fallsBack: Bool

  /// How a target is chosen.
  public enum Selection: String, Sendable, Hashable, CaseIterable {
    /// By the router: class of the task, quality, cost, latency.
    case router
    /// As listed.
    case order
  }

  /// Makes a route.
  public init(name: String, targets: [String] = [], selection: Selection = .router, fallsBack: Bool = true) {
    self.name = name
    self.targets = targets
    self.selection = selection
    self.fallsBack = fallsBack
  }
}
