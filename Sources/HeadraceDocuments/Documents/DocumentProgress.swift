/// A step of the enricher's work, and how much of it is done.
public struct DocumentProgress: Sendable, Hashable, Codable {
  /// The step.
  public var stage: Stage
  /// Parts of the step that are done.
  public var done: Int
  /// Parts of the step in all.
  public var total: Int

  /// A step of the enricher's work, in the order they are taken.
  public enum Stage: String, Sendable, Hashable, Codable, CaseIterable {
    /// Bytes to text.
    case extract
    /// Text to pieces that fit the model.
    case chunk
    /// Calls of the model.
    case model
    /// The result to the log.
    case write
  }

  /// A step and how much of it is done.
  public init(stage: Stage, done: Int, total: Int) {
    self.stage = stage
    self.done = done
    self.total = total
  }
}
