public import HeadraceCore

/// Time-outs and repeats of calls.
public struct CallPolicy: Sendable, Hashable {
  /// Until the connection stands. Default 10 s.
  public var connectTimeout: Duration
  /// Until the first event of the answer, from the beginning of an attempt. Default 120 s: a queue at the provider counts,
  /// and comments that only say that it lives are no event.
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
  /// How long it stays open before the first probe. Default 1 s. After a probe that failed: a quarter of the time that
  /// the outage has lasted, so that calls go on soon after its end.
  public var breakerPause: Duration
  /// The longest time between two probes. Default 30 s.
  public var breakerLongestPause: Duration
  /// How long a target rests after it reported its quota used up, or refused our key, for the first time. Default 2 s.
  /// Later: a quarter of the time that it has refused us.
  public var quotaPause: Duration
  /// The longest such rest. Default 1 min.
  public var quotaLongestPause: Duration

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
    breakerPause = .seconds(1)
    breakerLongestPause = .seconds(30)
    quotaPause = .seconds(2)
    quotaLongestPause = .seconds(60)
  }
}
