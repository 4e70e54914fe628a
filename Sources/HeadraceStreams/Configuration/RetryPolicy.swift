internal import HeadraceCore

/// How failed records are tried again.
///
/// Attempts count for content and bug failures and for transient ones; throttled, quota and configuration failures
/// pause and count for nothing, so that they never drop a record.
public struct RetryPolicy: Sendable, Hashable {
  /// Attempts for a transient or bug failure before the record becomes a dead letter; at least 1. Default 5.
  public var maximumAttempts: Int
  /// Attempts for a content failure; 1 by default, since the same bytes fail the same way.
  public var maximumContentAttempts: Int
  /// First delay; doubles with each attempt, with full jitter. Default 200 ms.
  public var firstDelay: Duration
  /// No delay is longer than this, but for a provider's own Retry-After. Default 60 s.
  public var longestDelay: Duration
  /// Delay after a quota or configuration failure, before the record is tried again. Default 30 s.
  public var pauseDelay: Duration

  /// Makes a policy; the defaults are meant for model calls.
  public init(
    maximumAttempts: Int = 5, maximumContentAttempts: Int = 1, firstDelay: Duration = .milliseconds(200),
    longestDelay: Duration = .seconds(60), pauseDelay: Duration = .seconds(30)
  ) {
    self.maximumAttempts = maximumAttempts
    self.maximumContentAttempts = maximumContentAttempts
    self.firstDelay = firstDelay
    self.longestDelay = longestDelay
    self.pauseDelay = pauseDelay
  }

  /// What is to be done about a failure; `tries` failures in a row so far, `unit` in 0..<1 is the jitter.
  package func decision(for failure: ProcessingFailure, tries: Int, unit: Double) -> RetryDecision {
    switch failure.failureClass {
    case .throttled:
      return .pause(after: failure.retryAfter ?? delay(attempt: tries, unit: unit))
    case .quota, .configuration:
      return .pause(after: failure.retryAfter ?? pauseDelay)
    case .content:
      return failure.attempts >= maximumContentAttempts
        ? .giveUp : .retry(after: delay(attempt: tries, unit: unit))
    case .transient, .bug:
      if failure.attempts >= maximumAttempts { return .giveUp }
      return .retry(after: max(failure.retryAfter ?? .zero, delay(attempt: tries, unit: unit)))
    }
  }

  /// Exponential from `firstDelay`, bounded, with full jitter but never below a tenth of it.
  func delay(attempt: Int, unit: Double) -> Duration {
    let doublings = min(max(attempt - 1, 0), 30)
    let bound = min(firstDelay * (1 << doublings), longestDelay)
    return bound * max(0.1, min(unit, 1))
  }
}

/// What follows a failure.
package enum RetryDecision: Sendable, Hashable {
  /// Try again later; the attempt counts.
  case retry(after: Duration)
  /// Try again later; the attempt does not count, since it says nothing about the record.
  case pause(after: Duration)
  /// Write the dead letter.
  case giveUp
}
