public import FoundationEssentials

/// A replay with its state, as the control topic holds it.
public struct ReplayRun: Sendable, Hashable, Codable {
  /// The life of a replay.
  public enum State: String, Sendable, Hashable, Codable {
    /// Planned, not begun.
    case planned
    /// Running.
    case running
    /// Paused by hand or by its spend cap.
    case paused
    /// Everything in its range is through.
    case complete
    /// Its outputs are live.
    case promoted
    /// Its outputs were live and have been taken back.
    case rolledBack = "rolled-back"
    /// Given up.
    case aborted
  }

  /// The plan.
  public var plan: ReplayPlan
  /// The state.
  public var state: State
  /// When the state changed last.
  public var changedAt: Date
  /// Why, where that needs saying.
  public var note: String?

  /// The replay's name.
  public var id: String { plan.id }
  /// Its consumer group.
  public var group: String { "\(plan.request.processor).r\(plan.id)" }
  /// Its own journal: attempts and owners.
  public var journalTopic: String { "\(plan.request.processor).r\(plan.id).journal" }
  /// Where outputs for a live topic go.
  public func outputTopic(for topic: String) -> String {
    plan.request.destination == .aside ? "\(topic).r\(plan.id)" : topic
  }
  /// Where what a promotion replaced is kept.
  public func beforeTopic(for topic: String) -> String { "\(topic).r\(plan.id).before" }
  /// The suffix of its dead-letter topics.
  public var deadLetterSuffix: String { ".r\(plan.id).dlq" }

  /// Whether a state may follow this one.
  func mayBecome(_ next: State) -> Bool {
    switch (state, next) {
    case (.planned, .running), (.running, .paused), (.paused, .running), (.running, .complete), (.paused, .complete),
      (.complete, .promoted), (.promoted, .rolledBack), (.planned, .aborted), (.running, .aborted), (.paused, .aborted):
      true
    default: false
    }
  }
}

/// How far a replay is.
public struct ReplayProgress: Sendable, Hashable, Codable {
  /// The replay.
  public var run: ReplayRun
  /// Offsets of its ranges that are through.
  public var done: Int64
  /// Offsets of its ranges.
  public var total: Int64
  /// Dead letters of the replay.
  public var deadLetters: Int64
}
