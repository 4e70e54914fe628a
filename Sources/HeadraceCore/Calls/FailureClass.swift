/// What kind of failure it was, and so what to do: the vocabulary that processors and model calls share.
public enum FailureClass: String, Sendable, Hashable, Codable, CaseIterable {
  /// It may work in a moment: time-outs, 5xx, broken connections. Back off and try again.
  case transient
  /// Too fast: 429. Wait as told; nothing is dropped.
  case throttled
  /// The money or the allowance is used up: pause the route, drop nothing.
  case quota
  /// We are set up wrongly (401, unknown model): pause the route, drop nothing, tell the operator.
  case configuration
  /// This input can't be done: dead letter.
  case content
  /// Our own mistake: its attempts, then dead letter.
  case bug

  /// Whether an attempt that failed so uses up one of the record's attempts, whatever else happens.
  public var countsAsAttempt: Bool { self == .content || self == .bug }
}
