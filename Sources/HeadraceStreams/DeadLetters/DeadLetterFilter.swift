public import FoundationEssentials
public import HeadraceCore

/// Which dead letters are meant; what is nil matches everything.
public struct DeadLetterFilter: Sendable, Hashable {
  /// Only failures of this class.
  public var failureClass: FailureClass?
  /// Only this reason.
  public var reason: String?
  /// Only those that this processor gave up.
  public var processor: String?
  /// Only this key.
  public var key: [UInt8]?
  /// Only records from this time on (the record's own time).
  public var since: Date?
  /// Only records before this time.
  public var until: Date?
  /// At most so many; the oldest first.
  public var limit: Int?

  /// Matches everything.
  public init() {}

  /// Whether a dead letter is meant (the limit is the caller's business).
  public func matches(_ letter: DeadLetter) -> Bool {
    if let failureClass, letter.failureClass != failureClass { return false }
    if let reason, letter.reason != reason { return false }
    if let processor, letter.processor != processor { return false }
    if let key, letter.record.key != key { return false }
    if let since, letter.time < since { return false }
    if let until, letter.time >= until { return false }
    return true
  }
}
