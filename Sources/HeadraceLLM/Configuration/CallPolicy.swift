public import HeadraceCore

/// Time-outs and repeats of calls.
public struct CallPolicy: Sendable, Hashable {
  /// Until the connection stands. Default 10 s.
  public var connectTimeout: Duration
  /// Until the first token. Default 120 s: a queue at the provider counts.
  public var firstTokenTimeout: Duration
  /// Between two tokens. Default 60 s.
  public var betweenTokensTimeout: Duration
  /// One attempt. Default 10 min.
  public var attemptTimeout: Duration
  /// Attempts of one request over all targets, repairs included. Default 4.
  public var maximumAttempts: Int
  /// Waits between attempts.
  public var backoff: BackoffPolicy
  /// Repeats as a part of all requests; when it is used up, failures are returned at once. Default 0.1.
  public var retryRatio: Double
  /// Repeats that are always allowed before the ratio counts. Default 10.
  public var retryReserve: Int
  /// Failures in a row that open a target's circuit. Default 5.
  public var breakerFailures: Int
  /// How long it stays open before one probe. Default 10 s, at most three times as long.
  public var breakerPause: Duration
  /// How long a target rests after it reported its quota used up, or refused our key. Default 1 min.
  public var quotaPause: Duration

  /// Makes a policy with every default.
  public init() {
    connectTimeout = .seconds(10)
    firstTokenTimeout = .seconds(120)
    betweenTokensTimeout = .seconds(60)
    attemptTimeout = .seconds(600)
    maximumAttempts = 4
    backoff = BackoffPolicy(initial: .milliseconds(500), maximum: .seconds(30))
    retryRatio = 0.1
    retryReserve = 10
    breakerFailures = 5
    breakerPause = .seconds(10)
    quotaPause = .seconds(60)
  }
}
