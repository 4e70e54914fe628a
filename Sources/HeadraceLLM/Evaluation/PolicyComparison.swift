public import HeadraceCore

/// What would change if a policy replaced another, over tasks of the past, without a call: the answer of
/// `headrace llm evaluate`.
public struct PolicyComparison: Sendable, Hashable, Codable {
  /// What one policy would cost.
  public struct Side: Sendable, Hashable, Codable {
    /// Name of the policy.
    public var policy: String
    /// Cost of all tasks, where prices are known.
    public var cost: Money
    /// Mean expected latency of a task.
    public var meanMilliseconds: Double
    /// Mean expected quality of a task, 0 … 1.
    public var meanQuality: Double
    /// Tasks by target.
    public var targets: [String: Int]
    /// Tasks that no target could serve.
    public var unserved: Int
  }

  /// Tasks that would change their model.
  public struct Move: Sendable, Hashable, Codable {
    /// The kind of work.
    public var `class`: TaskClass
    /// Target under the first policy.
    public var from: String
    /// Target under the second.
    public var to: String
    /// How many.
    public var tasks: Int
    /// One of their prompts, shortened, when prompts are known.
    public var example: String?
  }

  /// Number of tasks.
  public var tasks: Int
  /// The first policy.
  public var a: Side
  /// The second policy.
  public var b: Side
  /// Tasks that would change their model, as a share, 0 … 1.
  public var changed: Double
  /// Which, most first.
  public var moves: [Move]
  /// Of tasks that carry a class and a prompt: the share that the classifier puts in that class.
  public var classifierAccuracy: Double?
  /// Version of the price table.
  public var priceTable: String
}
