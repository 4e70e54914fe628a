/// Why the router chose a model: what travels with a response and in the usage event.
public struct RouteDecisionSummary: Sendable, Hashable, Codable {
  /// The kind of work it saw.
  public var taskClass: TaskClass
  /// Distance in utility between the chosen model and the next.
  public var margin: Double
  /// A sentence for people.
  public var reason: String

  /// Makes a summary.
  public init(taskClass: TaskClass, margin: Double, reason: String) {
    self.taskClass = taskClass
    self.margin = margin
    self.reason = reason
  }
}
